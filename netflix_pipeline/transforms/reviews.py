"""Reviews of titles."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract


def reviews(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/reviews rows of bronze/reviews, in canonical order."""
    return contract("silver/reviews").conform(events)
