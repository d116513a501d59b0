"""Rows wait here until their time of arrival: late ones and copies are written after the others."""

import polars as pl

from netflix_pipeline.generate.dirt import Dirt
from netflix_pipeline.generate.rendering import Rendering
from netflix_pipeline.generate.writing import CHUNK_ROWS, TableFile


class Arrivals:
    """The rows of one table of events, put in order of arrival on their way into its file."""

    def __init__(
        self, table: str, file: TableFile, rendering: Rendering, dirt: Dirt | None
    ) -> None:
        """Rows for `file`, with dirt or without."""
        self._table = table
        self._file = file
        self._rendering = rendering
        self._dirt = dirt
        self._new: list[pl.DataFrame] = []
        self._waiting: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame, until: int) -> None:
        """More coded rows, in any order; rows added later all arrive at `until` or after it."""
        if len(rows):
            self._new.append(rows)
        if sum(map(len, self._new)) >= CHUNK_ROWS:
            self._admit(until)

    def finish(self) -> None:
        """Write everything that still waits."""
        self._admit(None)

    def _admit(self, until: int | None) -> None:
        if self._new:
            rows = pl.concat(self._new)
            self._new = []
            self._waiting.append(self._dirt.dirtied(rows) if self._dirt else rows)
        if not self._waiting:
            return
        rows = pl.concat(self._waiting)
        if until is None:
            self._waiting = []
        else:
            arrived = rows["arrival"] < until
            self._waiting = [rows.filter(~arrived)]
            rows = rows.filter(arrived)
        rows = rows.sort("arrival", maintain_order=True)
        for chunk in rows.iter_slices(CHUNK_ROWS):
            self._file.write(self._rendering.rendered(self._table, chunk))
