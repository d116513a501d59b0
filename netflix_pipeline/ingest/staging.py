"""Rows of a file that is being read, kept by event day until the whole file is known.

Days stay in memory up to a budget; then they go to Arrow files in a folder that ends with the
batch. Order of arrival is kept within a day.
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Self

import polars as pl
import pyarrow as pa

from netflix_pipeline.atomic_write import telling_full

BUDGET = 192 * 2**20
"""Bytes of rows kept in memory."""

GROUP_ROWS = 50_000
"""Rows of days that are compared and written together."""


class Staging:
    """A context in which rows are added in order and taken out day by day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[date | None, list[pl.DataFrame]] = defaultdict(list)
        self._spilled: dict[date | None, list[Path]] = defaultdict(list)
        self._rows: dict[date | None, int] = defaultdict(int)
        self._bytes = 0
        self._files = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget(self) -> None:
        """Forget all rows."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for known in (self._held, self._spilled, self._rows):
            known.clear()
        self._bytes = 0

    def groups(self) -> list[list[date | None]]:
        """The days that have rows, in order; those with few rows together, up to `GROUP_ROWS`.

        A table without days is one group, `[None]`.
        """
        groups: list[list[date | None]] = []
        rows = GROUP_ROWS
        for day in sorted(self._rows, key=lambda day: (day is not None, day)):
            rows += self._rows[day]
            if rows > GROUP_ROWS:
                groups.append([])
                rows = self._rows[day]
            groups[-1].append(day)
        return groups

    def add(self, parts: Mapping[date | None, pl.DataFrame]) -> None:
        """Keep rows by their day; None is the day of a table without days."""
        for day, rows in parts.items():
            if rows.is_empty():
                continue
            self._held[day].append(rows)
            self._rows[day] += rows.height
            self._bytes += int(rows.estimated_size())
        if self._bytes > BUDGET:
            self._spill()

    def _spill(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for day, frames in self._held.items():
            path = self._folder / f"{self._files:08d}.arrow"
            self._files += 1
            with telling_full(path):
                pl.concat(frames).write_ipc(path, compression="uncompressed")
            self._spilled[day].append(path)
        self._held.clear()
        self._bytes = 0

    def take(self, days: Sequence[date | None]) -> pl.DataFrame:
        """The rows of the days, each day's in order of arrival; they are forgotten here."""
        frames = []
        for day in days:
            for path in self._spilled.pop(day, []):
                # The rows stay where they are on disk until they are looked at.
                with pa.memory_map(str(path)) as file:
                    frames.append(pl.DataFrame(pa.ipc.open_file(file).read_all()))
                path.unlink()
            frames += self._held.pop(day, [])
        return pl.concat(frames)


def detached(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with texts of their own: they no longer hold on to those they were taken from.

    What is kept of a day's rows would else keep all of them in memory.
    """
    return pl.DataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
