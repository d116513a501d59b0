"""Files that landed, taken in or refused, without the rows of some persons.

Whose a row is the file's adapter says, as when it was taken in; rows of others stay byte for byte.
Of a file that no adapter knows, records go that hold an id as a whole value. What cannot be read at
all and holds one goes as a whole. Texts and Parquet files keep the packing that they had.
"""

import gzip
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from netflix_pipeline.atomic_write import DRAFT, write_atomically
from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.ingest import manifests
from netflix_pipeline.ingest.erasure_filter import theirs
from netflix_pipeline.lake import Lake
from netflix_pipeline.persons import Persons, PersonSet
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Chunk, SourceFile, open_file
from netflix_pipeline.sources.files import (
    GZIP,
    ZSTD,
    open_bytes,
    read_head,
    text_blocks,
    text_lines,
)
from netflix_pipeline.sources.readers.parquet import MAGIC, open_parquet
from netflix_pipeline.sources.sidecar import household_of, told_beside

UNPACKED = 1 << 22
RECORD_LINES = 20
"""Lines over which a field in quotes may go in a text of which nothing is known."""
LONGEST_ARRAY = 1 << 28
"""Bytes of a JSON array that is read as a whole."""

_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, unpacked, each with its line break, up to any damage."""
    with suppress(BadInput):  # what could be unpacked is all that there is
        yield from text_lines(path)


def records(path: Path) -> Iterator[bytes]:
    """The lines of a text of which nothing is known, those of one field in quotes together."""
    held: list[bytes] = []
    for line in lines(path):
        odd = line.count(b'"') % 2 == 1
        if held:
            held.append(line)
            if odd:
                yield b"".join(held)
                held = []
            elif len(held) > RECORD_LINES:  # no field: a quote by itself
                yield from held
                held = []
        elif odd:
            held = [line]
        else:
            yield line
    yield from held


def without_records(path: Path, whose: PersonSet) -> int:
    """Take the records that hold an id out of a text of any kind; returns how many."""
    if (elements := _elements(path)) is not None:
        kept = [element for element in elements if not whose.in_text(element)]
        if len(kept) < len(elements):
            rewrite(path, [b"[" + b",\n".join(kept) + b"]\n"])
        return len(elements) - len(kept)
    count = sum(whose.in_text(record) for record in records(path))
    if count:
        rewrite(path, (record for record in records(path) if not whose.in_text(record)))
    return count


def without_lines(path: Path, dropped: Iterable[tuple[int, int]]) -> None:
    """Take lines, given by first and last number from 1, out of a text."""
    gone = {line for first, last in dropped for line in range(first, last + 1)}
    rewrite(path, (line for number, line in enumerate(lines(path), 1) if number not in gone))


def rewrite(path: Path, parts: Iterable[bytes]) -> None:
    """Write the file anew of these parts, packed as it was."""
    with open_bytes(path) as file:
        magic = file.read(4)

    def write(draft: Path) -> None:
        with draft.open("wb") as file, _packing(file, magic) as packed:
            for part in parts:
                packed.write(part)
        shutil.copymode(path, draft)

    write_atomically(path, write)


@contextmanager
def _packing(file: BinaryIO, magic: bytes) -> Iterator[BinaryIO]:
    if magic.startswith(GZIP):
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif magic == ZSTD:
        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packed:
            yield cast("BinaryIO", packed)
    else:
        yield file


def _elements(path: Path) -> list[bytes] | None:
    """The elements of a JSON array; None for any other text."""
    text, size = [], 0
    try:
        for block in text_blocks(path, lambda _: None, UNPACKED):
            if not size and not block.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
                return None
            text.append(block)
            size += len(block)
            if size > LONGEST_ARRAY:
                return None
        return [bytes(raw) for raw in _array(b"".join(text).removeprefix(b"\xef\xbb\xbf"))]
    except (BadInput, ValueError, RecursionError):
        return None


ROWS = 65_536

Keep = Callable[[int, pa.RecordBatch], np.ndarray]
"""Which rows of a batch stay; the number of its first one, from 0, is given."""


def without_numbers(path: Path, numbers: Collection[int]) -> None:
    """Take the rows with these numbers, from 1, out of a Parquet file."""
    gone = np.asarray(sorted(numbers), np.int64) - 1

    def keep(first: int, batch: pa.RecordBatch) -> np.ndarray:
        return ~np.isin(np.arange(first, first + batch.num_rows), gone)

    _rewrite(path, keep)


def without_rows(path: Path, whose: PersonSet) -> int:
    """Take the rows in which any value is an id out of a Parquet file; returns how many."""

    def keep(_: int, batch: pa.RecordBatch) -> np.ndarray:
        theirs = np.zeros(batch.num_rows, bool)
        for column in batch.columns:
            theirs |= np.fromiter((_is(value, whose) for value in column.to_pylist()), bool)
        return ~theirs

    file = open_parquet(path)
    try:
        count = sum(int((~keep(0, batch)).sum()) for batch in file.iter_batches(ROWS))
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: the Parquet file cannot be read ({error})") from error
    if count:
        _rewrite(path, keep)
    return count


def _is(value: object, whose: PersonSet) -> bool:
    if isinstance(value, (dict, list)):
        return whose.in_text(json.dumps(value, default=str).encode())
    return value in whose or (isinstance(value, str) and whose.in_text(value.encode()))


def _rewrite(path: Path, keep: Keep) -> None:
    file = open_parquet(path)
    metadata = file.metadata
    codec = metadata.row_group(0).column(0).compression if metadata.num_row_groups else "SNAPPY"

    def write(draft: Path) -> None:
        with pq.ParquetWriter(
            draft, file.schema_arrow, compression="NONE" if codec == "UNCOMPRESSED" else codec
        ) as writer:
            first = 0
            for batch in file.iter_batches(ROWS):
                writer.write_batch(batch.filter(pa.array(keep(first, batch))))
                first += batch.num_rows
        shutil.copymode(path, draft)

    try:
        write_atomically(path, write)
    except pa.ArrowException as error:
        raise BadInput(f"{path}: the Parquet file cannot be read ({error})") from error


BLOCK, OVERLAP = 1 << 24, 1 << 12
NUMBERED = re.compile(r"(?P<name>.+)-\d+(?P<ending>(?:\.[^.]+)*)")
"""A name to which a number was added because the name was taken."""


@dataclass(frozen=True)
class ErasedFile:
    """A file that held persons: `rows` were taken out of it, or it was `removed`."""

    path: Path
    rows: int = 0
    removed: bool = False


def erase_files(settings: Settings, persons: PersonSet) -> list[ErasedFile]:
    """Take persons out of every file in `landed/`, `refused/` and `sample/`; returns those found.

    Names that hold an id are changed, where ids are known. Cut off on the way, the same call
    finishes. Raises StorageFull.
    """
    households = _Households(settings)
    changed = []
    for folder in (settings.landed, settings.refused, settings.sample):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if not path.is_file():
                continue
            if DRAFT.fullmatch(path.name):
                path.unlink()  # of a call that was cut off
                continue
            erased = erase_file(path, persons, households.of(path))
            if erased is not None:
                changed.append(erased)
            if path.exists() and isinstance(persons, Persons):
                _rename(path, folder, persons)
    return changed


def erase_file(path: Path, whose: PersonSet, households: tuple[str, ...]) -> ErasedFile | None:
    """Take persons out of one file; None when it holds none of them.

    `households` are those that a Netflix export may be of.
    """
    try:
        rows = _erase_rows(path, whose, households)
    except BadInput:
        if not _holds(path, whose):
            return None
        path.unlink()
        return ErasedFile(path, removed=True)
    return ErasedFile(path, rows) if rows else None


def _erase_rows(path: Path, whose: PersonSet, households: tuple[str, ...]) -> int:
    """Take their rows out of the file; BadInput when it cannot be read."""
    try:
        sidecar = told_beside(path)
        sources = [open_file(path, replace(sidecar, household=name)) for name in households]
    except BadInput as error:
        stored, text = read_head(path)
        if stored == MAGIC and isinstance(error, UnrecognisedSource):
            return without_rows(path, whose)
        if stored == MAGIC or b"\0" in text[:BLOCK]:
            raise  # no lines that could be looked through
        return without_records(path, whose)
    rows: dict[int, int] = {}
    for source in sources:
        rows.update(_rows(source, whose))
    if rows and sources[0].form == "parquet":
        without_numbers(path, rows)
    elif rows:
        without_lines(path, rows.items())
    return len(rows)


def _rows(source: SourceFile, whose: PersonSet) -> dict[int, int]:
    """First and last line of each of their rows. BadInput for Parquet that ends in damage."""
    rows: dict[int, int] = {}
    read_to = 0
    try:
        for part in source.parts(lambda _: None):
            chunk = part()
            rows.update((line, line + raw.count("\n")) for line, raw in _of_chunk(chunk, whose))
            for frame in (chunk.frame, chunk.unparsable):
                read_to = max(read_to, *frame["line"].tail(1).to_list(), 0)
    except BadInput:
        if source.form == "parquet":
            raise
        # Behind it there are no rows any more, but maybe an id.
        rest = enumerate(islice(lines(source.path), read_to, None), read_to + 1)
        rows.update((number, number) for number, line in rest if whose.in_text(line))
    return rows


def _of_chunk(chunk: Chunk, whose: PersonSet) -> Iterator[tuple[int, str]]:
    """Line and text of each of their rows."""
    # Who it is may stand where the reader did not look for it.
    unread = list(chunk.unparsable.select("line", "raw").iter_rows())
    if chunk.whose in whose:
        yield from unread
    if "user_id" in chunk.frame.columns:
        users = chunk.frame["user_id"]
        yield from _raw(chunk, theirs(whose, users))
        unread += _raw(chunk, users.is_null())
    yield from ((line, raw) for line, raw in unread if whose.in_text(raw.encode()))


def _raw(chunk: Chunk, rows: pl.Series) -> Iterator[tuple[int, str]]:
    """Line and text of some rows."""
    numbers = chunk.frame.filter(rows)["line"].to_list()
    return zip(numbers, chunk.raw(numbers) if numbers else (), strict=True)


def _holds(path: Path, whose: PersonSet) -> bool:
    """Whether the bytes of a file hold an id, in UTF-8 or UTF-16."""
    before = b""
    with open_bytes(path) as file:
        while block := file.read(BLOCK):
            text = before + block
            if whose.in_text(text) or whose.in_text(text.replace(b"\0", b"")):
                return True
            before = text[-OVERLAP:]
    return False


def _rename(path: Path, folder: Path, persons: Persons) -> None:
    """Give the file a name that holds no id, where its own does."""
    place = path.relative_to(folder)
    parts = [persons.masked(part) for part in place.parts]
    if tuple(parts) == place.parts:
        return
    target, number = folder.joinpath(*parts), 1
    while target.exists():
        number += 1
        target = folder.joinpath(*parts[:-1], f"{number}-{parts[-1]}")
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            break
        parent.rmdir()


class _Households:
    """Of which household a file was when it was taken in: told beside it, or by its path there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, path: Path) -> tuple[str, ...]:
        """The households of a file that was kept: one, or two that it may be of."""
        if (sidecar := told_beside(path).household) is not None:
            return (sidecar,)
        if path.is_relative_to(self._settings.sample):
            return (household_of(path),)
        if path.is_relative_to(self._settings.refused):
            place = path.relative_to(self._settings.refused)
        else:
            place = Path(*path.relative_to(self._settings.landed).parts[1:])
        places = [place]
        if numbered := NUMBERED.fullmatch(place.name):
            places.append(place.with_name(numbered["name"] + numbered["ending"]))
            # Which of both names it came with, the batch of its rows tells.
            places = [place for place in places if place.as_posix() in self._taken] or places
        names = [household_of(self._settings.landing / place) for place in places]
        return tuple(dict.fromkeys(names))

    @cached_property
    def _taken(self) -> frozenset[str]:
        """Where in the landing folder files lay that were taken in."""
        landing = f"/{self._settings.landing.name}/"
        batches = manifests(Lake.of(self._settings))
        paths = (file.path for batch in batches for file in batch.by_file())
        return frozenset(path.rpartition(landing)[2] for path in paths if landing in path)
