"""Reviews of titles."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import CANARY_USER


def reviews(events: pl.DataFrame) -> pl.DataFrame:
    """The silver/reviews rows of bronze/reviews, in canonical order."""
    return contract("silver/reviews").conform(events.filter(pl.col("user_id") != CANARY_USER))
