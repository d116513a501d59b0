"""Gold `engagement_daily`: the additive measures by day and dimensions."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.measures import OF_PLAYS, total


def engagement_daily(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The plays (silver, of one day) by country, device, plan, content type and genre.

    `titles` is the whole of silver titles, of which title_id and entry_runtime_minutes are used.
    """
    told = contract("gold/engagement_daily")
    seconds, runtime = pl.col("watch_seconds"), pl.col("entry_runtime_minutes")
    return told.conform(
        plays.join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .group_by(told.key)
        .agg(
            *OF_PLAYS,
            total(seconds / 60 / runtime).alias("views"),
            total(pl.when(runtime.is_null()).then(seconds)).alias("seconds_without_runtime"),
        )
    )
