"""Gold `ledger_daily` from the ledger of an arrival day's batches."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.outcomes import ROW_COUNTS


def ledger_daily(batches: pl.DataFrame) -> pl.DataFrame:
    """The ledger by source and table.

    `batches` has one row a batch: source, table, received, stored, duplicate, quarantined, erased,
    promo, canary, left_out. Stored watch events that are neither promos nor canaries are in plays.
    """
    in_plays = pl.when(pl.col("table") == "watch_events").then(
        pl.col("stored") - pl.col("promo") - pl.col("canary")
    )
    summed = (*ROW_COUNTS, "promo", "canary", "field_left_out")
    return contract("gold/ledger_daily").conform(
        batches.rename({"left_out": "field_left_out"})
        .with_columns(in_plays=in_plays.otherwise(0))
        .group_by("source", "table")
        .agg(pl.len().alias("batches"), pl.col(*summed, "in_plays").sum())
    )
