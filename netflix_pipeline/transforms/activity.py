"""Gold `activity`: plays and hours by quarter of an hour."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.dimensions import OF_ACTIVITY
from netflix_pipeline.contracts.measures import total


def activity(plays: pl.DataFrame) -> pl.DataFrame:
    """The plays of second precision (silver, of one day) by the quarter in which they started."""
    table_contract = contract("gold/activity")
    started = pl.col("started_at").dt
    quarter = started.hour().cast(pl.Int32) * 4 + started.minute() // 15
    return table_contract.conform(
        plays.select(*OF_ACTIVITY, "watch_seconds", "time_precision", quarter.alias("quarter"))
        .filter(pl.col("time_precision") == "second")
        .group_by(table_contract.key)
        .agg(pl.len().alias("plays"), total(pl.col("watch_seconds")))
    )
