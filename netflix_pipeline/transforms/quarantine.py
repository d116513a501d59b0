"""Silver `quarantine` from the bronze one: the same rows, each with the name it is called by."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts import contract


def quarantine(rows: pl.DataFrame) -> pl.DataFrame:
    """The quarantined rows of an arrival day; `quarantine_id` is `<batch>:<line>`."""
    return contract("silver/quarantine").conform(
        rows.with_columns(quarantine_id=pl.concat_str("batch", "line", separator=":"))
    )
