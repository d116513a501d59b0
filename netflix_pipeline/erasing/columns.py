"""Parquet files without some of their rows."""

import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from netflix_pipeline.errors import BadInput
from netflix_pipeline.lake.atomic_write import write_atomically
from netflix_pipeline.persons import PersonSet
from netflix_pipeline.sources.readers.parquet import open_parquet

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
