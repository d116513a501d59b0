"""Gold `recommendation_daily`: recommendations and their clicks, by day."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract


def recommendation_daily(recommendations: pl.DataFrame) -> pl.DataFrame:
    """The recommendations (silver, of one day) by device and algorithm."""
    return contract("gold/recommendation_daily").conform(
        recommendations.group_by("device", "algorithm").agg(
            pl.len().alias("shown"), pl.col("clicked").sum()
        )
    )
