"""Rows of one partition that lie in several files, so that nobody has to hold all of them."""

import os
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import finalize

import polars as pl

from netflix_pipeline.atomic_write import telling_full
from netflix_pipeline.lake.parquet_files import digest_of_rows, version_of
from netflix_pipeline.lake.shares import Share

SORTED_BY = "user_id"


class SortedParts:
    """Parts of a partition, as one frame that is never held as a whole.

    Each part has the rows of some users, by user_id and then in the table's canonical order, and no
    user is in two. They wait in files below `folder`, which go with this object.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []
        self.height = 0
        finalize(self, _remove, self._files)

    def add(self, rows: pl.DataFrame) -> None:
        """Put a part down. Raises StorageFull when the disk is full."""
        with telling_full(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(".part", dir=self._folder)
            os.close(handle)
            self._files.append(Path(name))
            rows.write_parquet(name, compression="zstd", compression_level=1)
        self.height += rows.height

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows part by part."""
        for file in self._files:
            yield pl.read_parquet(file, hive_partitioning=False, glob=False)

    def columns(self, names: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """Some columns of all rows in other parts: those that are alike in the first are in one."""
        for number in range(len(self._files)):
            held = Share(number, len(self._files)).holds(names[0])
            yield pl.concat(scan.filter(held).select(names) for scan in self._scans()).collect()

    @cached_property
    def version(self) -> str:
        """The `content_version` of one frame with all rows."""
        total = at = 0
        for rows in self._merged().collect_batches():
            total += digest_of_rows(rows, at)
            at += rows.height
        return version_of(total, at)

    def write_parquet(self, file: Path, **options: Any) -> None:
        """Write all rows to one file, with the options that a frame's `write_parquet` has."""
        self._merged().sink_parquet(file, **options)

    def _scans(self) -> list[pl.LazyFrame]:
        return [pl.scan_parquet(file, hive_partitioning=False, glob=False) for file in self._files]

    def _merged(self) -> pl.LazyFrame:
        """All rows in canonical order: each user's are in one part, in that order."""
        parts = self._scans()
        while len(parts) > 1:
            pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
            parts = [
                pair[0] if len(pair) == 1 else pair[0].merge_sorted(pair[1], SORTED_BY)
                for pair in pairs
            ]
        return parts[0]


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
