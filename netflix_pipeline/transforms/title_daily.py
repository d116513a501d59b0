"""Gold `title_daily`: how each title was watched, by day and country."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.transforms.measures import of_entry


def title_daily(plays: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The plays (silver, of one day) by title and country, with views and distinct viewers.

    `titles` is the whole of silver titles, of which title_id and entry_runtime_minutes are used.
    """
    return contract("gold/title_daily").conform(
        plays.group_by("title_id", "country")
        .agg(
            *(measure.summed for measure in OF_PLAYS),
            pl.col("user_id").filter("starter").n_unique().alias("viewers"),
        )
        .join(titles.select("title_id", "entry_runtime_minutes"), on="title_id", how="left")
        .with_columns(of_entry())
    )
