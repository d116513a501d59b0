"""Texts without some of their lines, and Parquet files without some of their rows.

Both keep the packing that they had.
"""

import gzip
import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from netflix_pipeline.errors import BadInput
from netflix_pipeline.lake import write_atomically
from netflix_pipeline.persons import PersonSet
from netflix_pipeline.sources.files import GZIP, ZSTD, open_bytes, text_blocks, text_lines
from netflix_pipeline.sources.readers.parquet import open_parquet

BLOCK = 1 << 22
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
        for block in text_blocks(path, lambda _: None, BLOCK):
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
