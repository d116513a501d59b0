"""Measures of rows that already hold sums of plays."""

from __future__ import annotations

import polars as pl

from netflix_pipeline.contracts.measures import OF_ENTRIES


def of_entry() -> list[pl.Expr]:
    """Views and what they leave out, of rows that hold the seconds of one title.

    Columns in: watch_seconds, entry_runtime_minutes.
    """
    return [measure.polars.fill_null(0).alias(measure.name) for measure in OF_ENTRIES]


def completion_rate(suffix: str = "") -> pl.Expr:
    """Completers ÷ starters with known reached, null without; of columns with that suffix."""
    starters, unknown, completers = (
        pl.col(name + suffix) for name in ("starters", "starters_without_reach", "completers")
    )
    known = starters - unknown
    return pl.when(known > 0).then(completers / known)
