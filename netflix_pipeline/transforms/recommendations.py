"""Recommendations shown, with the dimensions by which they are grouped."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import CANARY_USER


def recommendations(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/recommendations rows of bronze/recommendation_events, in canonical order."""
    return contract("silver/recommendations").conform(
        events.filter(pl.col("user_id") != CANARY_USER).with_columns(
            pl.col("algorithm").fill_null("unknown"),
            pl.col("device").cast(pl.String).fill_null("unknown"),
        )
    )
