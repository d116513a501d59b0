"""Gold `search_daily`: searches and their success, by day."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract


def search_daily(searches: pl.DataFrame) -> pl.DataFrame:
    """The searches (silver, of one day) by country and device."""
    return contract("gold/search_daily").conform(
        searches.group_by("country", "device").agg(
            pl.len().alias("searches"),
            pl.col("clicked_position").count().alias("clicked"),
            (pl.col("results_count") == 0).sum().alias("without_results"),
        )
    )
