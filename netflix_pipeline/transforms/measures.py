"""The additive measures of plays, added up so that the order of the rows cannot matter.

Polars adds floats in an order that depends on its threads, and the last bit of such a sum on the
order. Here seconds and views are added as whole multiples of 2^-60 in 128 bits: every sum is exact
but for one rounding at its end, and the same on every machine.
"""

from __future__ import annotations

from typing import Final

import polars as pl

GRAIN: Final = 2.0**60


def total(values: pl.Expr) -> pl.Expr:
    """The sum of finite floats, unknown counting as nothing; 0 where there is none."""
    return (values * GRAIN).cast(pl.Int128).sum().cast(pl.Float64) / GRAIN


COUNTS = ("plays", "starters", "watchers", "completers", "plays_without_duration")
"""The measures that are whole numbers."""

NAMES = (*COUNTS, "watch_seconds")
"""The names of the measures in tables that already hold sums."""

OF_PLAYS: Final = (
    pl.len().alias("plays"),
    pl.col("starter").sum().alias("starters"),
    pl.col("watcher").sum().alias("watchers"),
    pl.col("completer").sum().alias("completers"),
    pl.col("watch_seconds").null_count().alias("plays_without_duration"),
    total(pl.col("watch_seconds")),
)
"""The measures from plays; columns in: starter, watcher, completer, watch_seconds."""

COLUMNS = ("starter", "watcher", "completer", "watch_seconds")
"""The columns of plays that they are made of."""

OF_SUMS: Final = (pl.col(*COUNTS).sum(), total(pl.col("watch_seconds")))
"""The same measures from rows that hold sums of them."""


def share(part: str, whole: str) -> pl.Expr:
    """One count ÷ another, null where the other is 0."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
