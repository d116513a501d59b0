"""Which users and titles a batch's events name, and what the events tell of the titles."""

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.ingest.staging import detached
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.atomic_write import Unsynced


class Mentions:
    """Collects what the events of a batch name."""

    def __init__(self) -> None:
        self._users: list[pl.Series] = []
        self._titles: list[pl.Series] = []
        self._told: list[pl.DataFrame] = []

    def tell(self, titles: pl.DataFrame | None) -> None:
        """Take note of what events tell of titles, should they be stored."""
        if titles is not None:
            self._told.append(detached(titles))

    def name(self, stored: pl.DataFrame) -> None:
        """Take note of the users and titles of stored events; a canary and its title are nobody."""
        if "event_time" in stored.columns:
            stored = stored.filter(pl.col("user_id") != CANARY_USER)
        if "event_time" in stored.columns and stored.height:
            self._users.append(_named(stored, "user_id"))
            if "title_id" in stored.columns:
                self._titles.append(_named(stored, "title_id"))

    def write(self, lake: Lake, batch: str, name: str, later: Unsynced | None = None) -> None:
        """Write what was named as the batch's files of that name, on disk when `later` is."""
        by_batch = pl.lit(batch).alias("batch")
        if self._users:
            table = contract("bronze/user_mentions")
            named = pl.concat(self._users).unique().to_frame("user_id").with_columns(by_batch)
            lake.append(table.table, None, name, table.conform(named), later=later)
        if self._titles:
            table = contract("bronze/title_mentions")
            # What nobody told of them is null.
            told = [table.empty(), self._titles_told().with_columns(by_batch)]
            titles = table.conform(pl.concat(told, how="diagonal"))
            lake.append(table.table, None, name, titles, later=later)

    def _titles_told(self) -> pl.DataFrame:
        """What is told of the titles that are named; else just their ids."""
        named = pl.concat(self._titles).unique().to_frame("title_id")
        if not self._told:
            return named
        # Of a title that is a promo in one part of a batch and a video in another, the latter.
        rows = pl.concat(self._told, how="diagonal").sort(
            "content_type", nulls_last=True, maintain_order=True
        )
        of_named = rows.join(named, on="title_id", how="semi", maintain_order="left")
        return pl.concat([of_named, named], how="diagonal").unique(
            "title_id", keep="first", maintain_order=True
        )


def _named(events: pl.DataFrame, column: str) -> pl.Series:
    """The different ids in a column."""
    return detached(events.select(pl.col(column).unique())).to_series()
