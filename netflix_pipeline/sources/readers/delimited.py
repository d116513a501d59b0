"""Delimited text: fast where it is clean, and never losing a good row where it is not.

A piece is cut into records first, which costs next to nothing where it is clean: what is no row is
set aside, the rest is read by Polars as it is.
"""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from netflix_pipeline.sources.chunk import Records, texts_at, unparsable
from netflix_pipeline.sources.readers.pieces import Piece
from netflix_pipeline.sources.readers.record_scanner import (
    Cut,
    Layout,
    RecordKind,
    cut_records,
    decoded,
    field_pattern,
    is_utf8,
    record_pattern,
)

FEW = 64
"""Of so many rows one may have quotes for them to be few."""


def read_delimited(piece: Piece, layout: Layout) -> Records:
    """The records of a piece of delimited text, all columns as text, empty ones null."""
    cut = piece.cut or cut_records(piece.text, piece.stretches, layout, last=True)
    frame = _read_cut(piece, cut, layout)
    if frame is None and not cut.exact:
        cut = cut_records(piece.text, piece.stretches, layout, last=True, exact=True)
        frame = _read_cut(piece, cut, layout)
    lines = cut.rows + piece.first_line
    if frame is None:
        frame = _by_rows(piece.records(lines), layout)
    bad = cut.of(RecordKind.BAD)
    places = zip(*(each[bad].tolist() for each in (cut.line, cut.start, cut.end)), strict=True)
    refused = [(line + piece.first_line, piece.text[begin:end]) for line, begin, end in places]
    told_apart = unparsable([(at, decoded(each), _why(each, layout)) for at, each in refused])
    return Records(frame, lines, told_apart, piece.raw)


def read_rows(raws: Sequence[str], layout: Layout) -> Records:
    """Raw records read again, each by itself; `lines` tells which they are, from 1."""
    pattern = record_pattern(layout)
    rows: list[bytes] = []
    lines: list[int] = []
    refused: list[tuple[int, str, str]] = []
    for at, raw in enumerate(raws, 1):
        record = raw.removesuffix("\n").encode()
        if pattern.fullmatch(record) and b"\0" not in record and "\ufffd" not in raw:
            # With the end of its line: a carriage return before that is part of its last field.
            rows.append(record + b"\r")
            lines.append(at)
        else:
            refused.append((at, raw, "no row of as many fields as the file has columns"))
    read = _by_rows(rows, layout)
    return Records(read, np.array(lines, np.int64), unparsable(refused), texts_at(raws))


def _parse(text: bytes, layout: Layout, rows: int, *, quoted: bool) -> pl.DataFrame | None:
    """What Polars makes of the text; None when it is not so many whole rows."""
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(layout.columns, pl.String))
    try:
        frame = pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(layout.columns, pl.String),
            separator=layout.delimiter,
            quote_char='"' if quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != rows:
        return None
    return _empty_to_null(frame) if quoted else frame


def _empty_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.when(pl.all() != "").then(pl.all()))


def _read_cut(piece: Piece, cut: Cut, layout: Layout) -> pl.DataFrame | None:
    """The rows of a piece; None when Polars does not make so many of it.

    Records of several lines are read by themselves: no parser then has to cut inside a field.
    """
    rows = cut.rows
    several = cut.line[cut.of(RecordKind.SEVERAL)]
    text, quoted = _single_lines(piece.text, cut, layout)
    frame = _parse(text, layout, len(rows) - len(several), quoted=quoted)
    if frame is None or not several.size:
        return frame
    frame = pl.concat((frame, _by_rows(piece.records(several + piece.first_line), layout)))
    places = np.searchsorted(rows, several)
    return frame[np.argsort(np.append(np.delete(np.arange(len(rows)), places), places))]


def _single_lines(text: bytes, cut: Cut, layout: Layout) -> tuple[bytes, bool]:
    """The rows of one line as a text, and whether it holds quotes."""
    instead = dict.fromkeys(np.flatnonzero(cut.kind != RecordKind.QUOTED).tolist(), b"")
    quoted = cut.of(RecordKind.QUOTED).tolist()
    bare = _bare(text, cut, quoted, layout)
    instead.update(bare)
    if not instead:
        return text, bool(quoted)
    view = memoryview(text)
    parts: list[bytes | memoryview] = []
    behind = 0
    for at in sorted(instead):
        parts += view[behind : cut.start[at]], instead[at]
        behind = cut.end[at] + 1
    parts.append(view[behind:])
    return b"".join(parts), len(bare) < len(quoted)


def _bare(text: bytes, cut: Cut, quoted: list[int], layout: Layout) -> dict[int, bytes]:
    """The lines of quoted records without quotes, where these are few and no field needs them.

    Text without quotes is read faster, and its empty fields are null already.
    """
    if len(quoted) * FEW > cut.lines:
        return {}
    mark = re.escape(layout.delimiter.encode())
    field = re.compile(rb'(?<![^%b])"([^"%b\r]*)"(?![^%b])' % (mark, mark, mark))
    bare: dict[int, bytes] = {}
    for at in quoted:
        record = text[cut.start[at] : cut.end[at]].removesuffix(b"\r")
        bare[at] = field.sub(rb"\1", record) + b"\n"
        if b'"' in bare[at]:
            return {}
    return bare


def _by_rows(records: Sequence[bytes], layout: Layout) -> pl.DataFrame:
    """Rows of good records, read one by one."""
    field = field_pattern(layout)
    texts = (record.removesuffix(b"\r").decode() for record in records)
    rows = [
        [quoted.replace('""', '"') or bare for quoted, bare in field.findall(text)]
        for text in texts
    ]
    return _empty_to_null(
        pl.DataFrame(rows, schema=dict.fromkeys(layout.columns, pl.String), orient="row")
    )


def _why(record: bytes, layout: Layout) -> str:
    """Why a record is no row, for people."""
    if b"\0" in record:
        return "holds NUL bytes"
    if not is_utf8(record):
        return "is not UTF-8"
    fields = record.count(layout.delimiter.encode()) + 1
    if b'"' in record:
        return "holds a quote that does not begin and end a field"
    return f"has {fields} fields, the header {len(layout.columns)}"
