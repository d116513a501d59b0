"""Rows of small partitions that this process wrote, kept for what is made of them next.

Of a day with few rows a look at its file costs more than what is made of them, and ten tables and
the snapshot take something of it.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from threading import Lock

import polars as pl

from netflix_pipeline.lake.lake_files import Stamp, stamp_of

FEW_ROWS = 1_000
"""Rows up to which a partition is kept."""

MOST, LARGEST = 96 * 2**20, 2 * 2**20
"""Bytes of all groups of partitions, and of one, that are kept."""


class KeptRows:
    """Rows by their files, in the groups that were written together; those put first give way."""

    def __init__(self, most: int = MOST, largest: int = LARGEST) -> None:
        self._most, self._largest = most, largest
        self._bytes = 0
        self._groups: dict[int, tuple[pl.DataFrame, Sequence[str]]] = {}
        self._places: dict[str, tuple[Stamp, int, int, int]] = {}
        self._numbers = count()
        self._turn = Lock()

    def put(self, rows: pl.DataFrame, files: Mapping[Path, tuple[Stamp, int]]) -> None:
        """Keep the rows of files in their order, of each of which stamp and height are told."""
        # With what texts lie in, also of rows that they were taken from.
        size = int(rows.estimated_size())
        if size > self._largest:
            return
        with self._turn:
            number = next(self._numbers)
            self._groups[number] = rows, [*map(str, files)]
            self._bytes += size
            start = 0
            for path, (stamp, height) in files.items():
                self._places[str(path)] = stamp, number, start, height
                start += height
            while self._bytes > self._most:
                self._drop(next(iter(self._groups)))

    def _drop(self, number: int) -> None:
        rows, paths = self._groups.pop(number)
        self._bytes -= int(rows.estimated_size())
        for path in paths:
            if path in self._places and self._places[path][1] == number:
                del self._places[path]

    def get(self, files: Sequence[Path]) -> tuple[pl.DataFrame, list[int]] | None:
        """The rows of files that are as they were written, and how many each has; None else."""
        parts, heights = list[tuple[int, int, int]](), list[int]()
        with self._turn:
            for path in files:
                place = self._places.get(str(path))
                if place is None or place[0] != _stamp(path):
                    return None
                _, number, start, height = place
                heights.append(height)
                if parts and parts[-1][0] == number and sum(parts[-1][1:]) == start:
                    parts[-1] = number, parts[-1][1], parts[-1][2] + height
                else:
                    parts.append((number, start, height))
            rows = [self._groups[number][0].slice(start, height) for number, start, height in parts]
        return (pl.concat(rows), heights) if rows else None


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path.stat())
    except OSError:
        return None


KEPT = KeptRows()
