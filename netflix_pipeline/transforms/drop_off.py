"""Gold `drop_off`: how far starters of a title came."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.metrics import STEPS, STEPS_REACHED


def drop_off(plays: pl.DataFrame) -> pl.DataFrame:
    """The starters (of silver plays of one day) with known reached, by title and step."""
    step = (pl.col("reached") * STEPS_REACHED).floor().clip(0, STEPS).cast(pl.Int32)
    return contract("gold/drop_off").conform(
        plays.select("title_id", "starter", "reached")
        .filter("starter", pl.col("reached").is_not_null())
        .group_by("title_id", step.alias("step"))
        .agg(pl.len().alias("starters"))
    )
