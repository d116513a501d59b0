"""One file of a known format: read in chunks, its rows found and read again.

Rows whose file nobody has any more are read as bronze stored them (`as_raw`).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.chunk import Chunk, OnBytes, Part, Records, texts_at
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.date_order import DateOrderDetector
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.files import text_blocks
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.formats.http_events import EVENT_TYPES
from netflix_pipeline.sources.formats.mapping import Mapping
from netflix_pipeline.sources.missing_values import writes_na
from netflix_pipeline.sources.readers.delimited import read_delimited, read_rows
from netflix_pipeline.sources.readers.ndjson import read_ndjson, read_objects
from netflix_pipeline.sources.readers.parquet import (
    parquet_raw,
    read_parquet,
)
from netflix_pipeline.sources.readers.pieces import pieces
from netflix_pipeline.sources.readers.record_scanner import Layout
from netflix_pipeline.sources.readers.row_lookup import Marks, find_rows
from netflix_pipeline.sources.registry import OF_EVENTS, named
from netflix_pipeline.sources.timestamps import depend_on_order

BEGIN = '{"bronze":'


def as_raw(table: str, rows: pl.DataFrame) -> pl.Series:
    """The rows of a bronze table as JSON texts, which `parse_raw` knows by their `BEGIN`."""
    head = {"bronze": table} | ({"type": EVENT_TYPES[table]} if table in EVENT_TYPES else {})
    begin = json.dumps(head, separators=(",", ":"))[:-1]
    texts = rows.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return pl.Series("raw", [f"{begin},{text[1:]}" for text in texts], pl.String)


BLOCK = 16 << 20
"""Bytes of text in a chunk. Larger blocks are slower: they leave the allocator's reuse."""


@dataclass(frozen=True)
class SourceFile:
    """A file whose format is known; nothing of it but its head was read.

    `skipped` and `first_line` tell how many bytes of its text and how many lines come before the
    first record. `order` is that of day and month in its dates, where it was told or decided, and
    `dates` tells people how it was decided.
    """

    path: Path
    adapter: Adapter
    form: str
    columns: tuple[str, ...]
    delimiter: str = ""
    skipped: int = 0
    first_line: int = 1
    household: str = ""
    mapping: str | None = None
    order: Order | None = None
    dates: str = ""
    _marks: Marks = field(default_factory=Marks, init=False, repr=False, compare=False)

    @property
    def source(self) -> str:
        """The adapter's name."""
        return self.adapter.name

    @property
    def table(self) -> str:
        """The bronze table that its rows belong to, without the stage."""
        return self.adapter.table

    def theirs(self, name: str) -> list[str]:
        """Its columns of which one of the table's is made, as far as that is known."""
        made_of = self.adapter.origins.get(name, From()).names
        if self.mapping is not None and not set(made_of) <= set(self.columns):
            made_of = self.adapter.uses
        return [column for column in made_of if column in self.columns]

    @property
    def header(self) -> str:
        """What must be kept to read one raw row again later, as JSON."""
        return json.dumps(
            {
                "source": self.source,
                "form": self.form,
                "columns": self.columns,
                "delimiter": self.delimiter,
                "household": self.household,
                "mapping": self.mapping,
                "order": self.order,
                "na": self.adapter.na_is_missing is True,
            },
            ensure_ascii=False,
        )

    def parts(self, on_bytes: OnBytes) -> Iterator[Part]:
        """The file's rows in chunks of bounded size, each read when it is called: in any thread.

        `on_bytes` gets every block of the file as stored on disk, in order. A file that is cut off
        or damaged gives everything that can be read, then raises BadInput telling where it ends.
        A chunk that is `undecided` holds dates that only the file as a whole can tell: it is then
        read again, as `decided`.
        """
        return (partial(self._chunk, read) for read in self._records(on_bytes))

    def decided(self, on_bytes: OnBytes) -> Self:
        """The same file with the order of day and month in its dates, decided by all of them.

        So is whether NA as a country stands for Namibia or for nothing.

        Raises BadInput where the file leaves it open.
        """
        seen, na = DateOrderDetector(), False
        # Where the file is damaged is told when it is read.
        with suppress(BadInput):
            for read in self._records(on_bytes):
                records = read()
                countries = self.adapter.countries(records.frame)
                na = na or bool(writes_na(records.frame, countries).any())
                if self.order is None:
                    for column, text in self.adapter.dates(records.frame).items():
                        seen.look(column, text, records.lines)
        adapter = replace(self.adapter, na_is_missing=na)
        if self.order is not None:
            return replace(self, adapter=adapter)
        decision = seen.decide(self.path)
        sentence = (
            f"dates are read as {decision.order.words}: {decision.why}" if decision.why else ""
        )
        adapter = adapter.in_order(decision.order)
        return replace(self, adapter=adapter, order=decision.order, dates=sentence)

    def _records(self, on_bytes: OnBytes) -> Iterator[Callable[[], Records]]:
        """The file's records in its own columns, by chunks."""
        wanted = self.adapter.wanted(self.columns)
        if self.form == "parquet":
            yield from read_parquet(self.path, wanted, on_bytes)
            return
        layout = Layout(self.columns, self.delimiter) if self.form == "csv" else None
        blocks = _without_head(text_blocks(self.path, on_bytes, BLOCK), self.skipped)
        for piece in pieces(blocks, self.first_line, layout, self.skipped):
            self._marks.note(piece)
            if layout is None:
                yield partial(read_ndjson, piece, wanted)
            else:
                yield partial(read_delimited, piece, layout)

    def _chunk(self, read: Callable[[], Records]) -> Chunk:
        records = read()
        chunk = self.adapter.read(records, self.household)
        if self.order is not None or chunk.undecided:
            return chunk
        # Whether one is null because its reading depends on the order.
        lost = any(
            depend_on_order(text.filter(chunk.frame[name].is_null()))
            for name, text in self.adapter.dates(records.frame).items()
        )
        return replace(chunk, undecided=lost)

    def raw(self, lines: Sequence[int]) -> list[str]:
        """The text of the rows that start at these lines, found by looking into the file again."""
        wanted = np.unique(np.asarray(lines, np.int64))
        if self.form == "parquet":
            raws = parquet_raw(self.path, self.adapter.wanted(self.columns), wanted)
        else:
            quotes = self.form == "csv"
            raws = find_rows(self.path, wanted.tolist(), self._marks, quotes=quotes)
        return [raws[line] for line in lines]


def parse_raw(header: str, raws: Sequence[str], mapping: Path | None = None) -> Chunk:
    """Raw rows read again as the file's `header` says, or by a mapping changed since.

    The chunk's `line` numbers the rows of `raws` from 1; each is read by itself.
    """
    if stored := [at for at, raw in enumerate(raws) if raw.startswith(BEGIN)]:
        return _with_stored(header, raws, stored, mapping)
    document: dict[str, Any] = json.loads(header)
    if mapping is None and document["source"] in OF_EVENTS:
        table = OF_EVENTS[document["source"]].table
        return http_events.read(table, [raw.encode() for raw in raws], range(1, len(raws) + 1))
    if mapping is not None:
        adapter = Mapping.load(mapping).adapter
    elif document["mapping"] is not None:
        adapter = Mapping.parse(document["mapping"], "the file's mapping").adapter
    else:
        adapter = named(document["source"])
    if adapter.na_is_missing is None:
        adapter = replace(adapter, na_is_missing=document.get("na", False))
    # Before orders were decided, every file's dates were read as month, day, year.
    if (
        order := document.get("order", None if document["source"] in OF_EVENTS else "mdy")
    ) is not None:
        adapter = adapter.in_order(Order(order))
    if document["form"] == "csv":
        records = read_rows(raws, Layout(tuple(document["columns"]), document["delimiter"]))
    else:
        columns, replaced = adapter.wanted(document["columns"]), document["form"] == "ndjson"
        records = read_objects(raws, columns, replaced=replaced)
    return adapter.read(records, document["household"])


def _with_stored(
    header: str, raws: Sequence[str], stored: Sequence[int], mapping: Path | None
) -> Chunk:
    """The same where some of the rows are told in the platform's own columns."""
    apart = set(stored)
    others = [at for at in range(len(raws)) if at not in apart]
    by_table: dict[str, list[int]] = {}
    for at in stored:
        by_table.setdefault(json.loads(raws[at])["bronze"], []).append(at)
    parts = [(others, parse_raw(header, [raws[at] for at in others], mapping))] if others else []
    for table, places in by_table.items():
        adapter = named(f"native-{table.replace('_', '-')}")
        columns = adapter.wanted(adapter.contract.names)
        parts.append((places, adapter.read(read_objects([raws[at] for at in places], columns))))

    def in_place(frame: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
        lines = [places[line - 1] + 1 for line in frame["line"]]
        return frame.with_columns(pl.Series("line", lines, pl.Int64))

    titles = [part.titles for _, part in parts if part.titles is not None]
    return Chunk(
        pl.concat([in_place(part.frame, at) for at, part in parts], how="diagonal").sort("line"),
        pl.concat([in_place(part.unparsable, at) for at, part in parts]).sort("line"),
        texts_at(raws),
        pl.concat(titles) if titles else None,
    )


def _without_head(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The blocks but for their first `size` bytes."""
    for block in blocks:
        if size >= len(block):
            size -= len(block)
        else:
            yield block[size:] if size else block
            size = 0
