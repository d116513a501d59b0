"""Gold `lifecycle_weekly`: new, returning, resurrected and dormant users of each week."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.rollup_deltas import counted

WEEK = timedelta(days=7)
COUNTS = ("active_users", "new_users", "returning_users")


def lifecycle_weekly(user_weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """Every week from that of the first play to that of `data_to`, the last day with a play.

    `user_weeks` (user_id, weeks) is what `user_weeks()` gives for all users.
    """
    return _every_week(_counts(user_weeks), data_to)


def lifecycle_changed(
    stored: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The stored table once the weeks of some users changed from `before` to `after`.

    Both are what `user_weeks()` gives for the touched users; `data_to` must still be the same.
    """
    counts = counted(stored.select("week", *COUNTS), _counts(before), _counts(after), ("week",))
    return _every_week(counts.filter(pl.col("active_users") > 0), data_to)


def _counts(user_weeks: pl.DataFrame) -> pl.DataFrame:
    week, is_new = pl.col("week"), pl.col("week") == pl.col("first_week")
    return (
        user_weeks.select(pl.col("weeks").alias("week"), first_week=pl.col("weeks").list.first())
        .explode("week")
        # The row before is the same user's, but for a user's first week.
        .select("week", is_new=is_new, returns=~is_new & (week - week.shift(1) == WEEK))
        .group_by("week")
        .agg(
            pl.len().cast(pl.Int64).alias("active_users"),
            pl.col("is_new").sum().cast(pl.Int64).alias("new_users"),
            pl.col("returns").sum().cast(pl.Int64).alias("returning_users"),
        )
    )


def _every_week(counts: pl.DataFrame, data_to: date) -> pl.DataFrame:
    table_contract = contract("gold/lifecycle_weekly")
    if counts.is_empty():
        return table_contract.empty()
    week = pl.col("week")
    active, new, returning = (pl.col(name) for name in COUNTS)
    last_week = data_to - timedelta(days=data_to.weekday())
    return table_contract.conform(
        counts.select(pl.date_range(week.min(), last_week, interval="1w").alias("week"))
        .join(counts, on="week", how="left")
        .sort("week")
        .with_columns(pl.col(COUNTS).fill_null(0))
        .with_columns(
            resurrected_users=active - new - returning,
            # Who played the week before either returned or went dormant.
            dormant_users=active.shift(1, fill_value=0) - returning,
            provisional=week + timedelta(days=6) > data_to,
        )
    )
