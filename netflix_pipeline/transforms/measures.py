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


COUNTS = (
    "plays",
    "starters",
    "watchers",
    "completers",
    "plays_without_duration",
    "starters_without_reach",
)
"""The measures that are whole numbers."""

NAMES = (*COUNTS, "watch_seconds")
"""The names of the measures in tables that already hold sums."""

OF_PLAYS: Final = (
    pl.len().alias("plays"),
    pl.col("starter").sum().alias("starters"),
    pl.col("watcher").sum().alias("watchers"),
    pl.col("completer").sum().alias("completers"),
    pl.col("watch_seconds").null_count().alias("plays_without_duration"),
    (pl.col("starter") & pl.col("reached").is_null()).sum().alias("starters_without_reach"),
    total(pl.col("watch_seconds")),
)
"""The measures from plays; columns in: `COLUMNS`."""

COLUMNS = ("starter", "watcher", "completer", "reached", "watch_seconds")
"""The columns of plays that they are made of."""

OF_SUMS: Final = (pl.col(*COUNTS).sum(), total(pl.col("watch_seconds")))
"""The same measures from rows that hold sums of them."""


_RUNTIME = pl.col("entry_runtime_minutes")

OF_ENTRY: Final = (
    (pl.col("watch_seconds") / 60 / _RUNTIME).fill_null(0).alias("views"),
    pl.when(_RUNTIME.is_null()).then("watch_seconds").otherwise(0).alias("seconds_without_runtime"),
)
"""Views and what they leave out, of rows that hold the seconds of one title.

Columns in: watch_seconds, entry_runtime_minutes.
"""


def completion_rate(suffix: str = "") -> pl.Expr:
    """Completers ÷ starters with known reached, null without; of columns with that suffix."""
    starters, unknown, completers = (
        pl.col(name + suffix) for name in ("starters", "starters_without_reach", "completers")
    )
    known = starters - unknown
    return pl.when(known > 0).then(completers / known)
