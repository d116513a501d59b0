"""Which users and titles a batch's events name, and what the events tell of the titles."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.files import Unsynced


class Mentions:
    """Collects what the events of a batch name."""

    def __init__(self) -> None:
        self._users: list[pl.Series] = []
        self._titles: list[pl.DataFrame] = []

    def add(self, events: pl.DataFrame, titles: pl.DataFrame | None) -> None:
        """Take note of the users and titles of events; `titles` is what they tell of them."""
        if "event_time" not in events.columns:
            return
        self._users.append(events["user_id"].unique())
        if titles is not None:
            self._titles.append(titles)
        elif "title_id" in events.columns:
            self._titles.append(events.select(pl.col("title_id").unique()))

    def write(self, lake: Lake, batch: str, name: str, later: Unsynced | None = None) -> None:
        """Write what was named as the batch's files of that name, on disk when `later` is."""
        by_batch = pl.lit(batch).alias("batch")
        if self._users:
            table = contract("bronze/user_mentions")
            named = pl.concat(self._users).unique().to_frame("user_id").with_columns(by_batch)
            lake.append(table.table, None, name, table.conform(named), later=later)
        if self._titles:
            table = contract("bronze/title_mentions")
            told = pl.concat(self._titles, how="diagonal").unique("title_id", keep="last")
            untold = [
                pl.lit(None, column.dtype).alias(column.name)
                for column in table.columns
                if column.name not in told.columns and column.name != "batch"
            ]
            told = table.conform(told.with_columns(*untold, by_batch))
            lake.append(table.table, None, name, told, later=later)
