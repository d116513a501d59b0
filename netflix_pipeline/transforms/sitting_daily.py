"""Gold `sitting_daily`: sittings by day and dimensions."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import total


def sitting_daily(sessions: pl.DataFrame) -> pl.DataFrame:
    """The sittings (silver, of one day) by country, device and plan."""
    table_contract = contract("gold/sitting_daily")
    return table_contract.conform(
        sessions.group_by(table_contract.key).agg(
            pl.len().alias("sittings"),
            pl.col("binge").sum().alias("binge_sittings"),
            pl.col("plays").cast(pl.Int64).sum(),
            total(pl.col("watch_seconds")),
        )
    )
