"""Rows of a file that is being read, kept by event day until the whole file is known.

Days stay in memory up to a budget; then they go to Arrow files in a folder that ends with the
batch. Order of arrival is kept within a day. Rows of several files can be put together: their lines
then tell which file each came in.
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
import pyarrow as pa

from netflix_pipeline.atomic_write import telling_full

BUDGET = 192 * 2**20
"""Bytes of rows kept in memory."""

GROUP_ROWS = 50_000
"""Rows of days that are compared and written together."""

LINES = 2**40
"""No file has so many lines. Of several that are put together, those of the next begin there."""


class Staging:
    """A context in which rows are added in order and taken out day by day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[date | None, list[tuple[int, pl.DataFrame]]] = defaultdict(list)
        self._spilled: dict[date | None, list[Path]] = defaultdict(list)
        self._rows: dict[date | None, int] = defaultdict(int)
        self._files = 0
        self.bytes = 0

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
        self.bytes = 0

    @property
    def is_in_memory(self) -> bool:
        """Whether none of the rows had to leave memory."""
        return not self._spilled

    @property
    def rows_of_day(self) -> float:
        """How many rows a day has that has any."""
        return sum(self._rows.values()) / max(1, len(self._rows))

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
            self._held[day].append((0, rows))
            self._rows[day] += rows.height
            self.bytes += int(rows.estimated_size())
        if self.bytes > BUDGET:
            self._spill()

    def put_behind(self, file: "Staging", number: int) -> None:
        """Put all rows of a file, which are in memory, behind those of others.

        Their lines are then those of the file of that number.
        """
        self.bytes += file.bytes
        for day, frames in file.give_up().items():
            self._held[day] += [(number * LINES, rows) for rows in frames]
            self._rows[day] += sum(rows.height for rows in frames)
        if self.bytes > BUDGET:
            self._spill()

    def give_up(self) -> dict[date | None, list[pl.DataFrame]]:
        """The rows in memory by their day, in order of arrival; they are forgotten here."""
        given = {day: self._taken(day) for day in list(self._held)}
        self.forget()
        return given

    def _spill(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for day in list(self._held):
            path = self._folder / f"{self._files:08d}.arrow"
            self._files += 1
            with telling_full(path):
                pl.concat(self._taken(day)).write_ipc(path, compression="uncompressed")
            self._spilled[day].append(path)
        self.bytes = 0

    def _taken(self, *days: date | None) -> list[pl.DataFrame]:
        """What is in memory of days; it is forgotten here."""
        held = [each for day in days for each in self._held.pop(day, [])]
        frames = [rows for _, rows in held]
        if not any(first for first, _ in held):
            return frames
        first = np.repeat([first for first, _ in held], [rows.height for rows in frames])
        return [pl.concat(frames, rechunk=True).with_columns(pl.col("line") + pl.Series(first))]

    def take(self, days: Sequence[date | None]) -> pl.DataFrame:
        """The rows of the days, each day's in order of arrival; they are forgotten here."""
        if not any(day in self._spilled for day in days):
            return pl.concat(self._taken(*days))
        frames = []
        for day in days:
            for path in self._spilled.pop(day, []):
                # The rows stay where they are on disk until they are looked at.
                with pa.memory_map(str(path)) as file:
                    frames.append(pl.DataFrame(pa.ipc.open_file(file).read_all()))
                path.unlink()
            frames += self._taken(day)
        return pl.concat(frames)


def detached(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with texts of their own: they no longer hold on to those they were taken from.

    What is kept of a day's rows would else keep all of them in memory.
    """
    return pl.DataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
