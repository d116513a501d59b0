"""Gold `lifecycle_weekly`: new, returning, resurrected and dormant users of each week."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from netflix_pipeline.contracts import contract

WEEK = timedelta(days=7)


def lifecycle_weekly(user_weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """Every week from that of the first play to that of `data_to`, the last day with a play.

    `user_weeks` (column weeks) is what `user_weeks()` gives for all users.
    """
    since_last = pl.col("since_last")
    played = (
        user_weeks.select("weeks", since_last=pl.col("weeks").list.diff())
        .explode("weeks", "since_last")
        .group_by(pl.col("weeks").alias("week"))
        .agg(
            pl.len().cast(pl.Int64).alias("active_users"),
            since_last.is_null().sum().alias("new_users"),
            (since_last == WEEK).sum().cast(pl.Int64).alias("returning_users"),
            (since_last > WEEK).sum().alias("resurrected_users"),
        )
    )
    counts = ("active_users", "new_users", "returning_users", "resurrected_users")
    every_week = (
        played.select(
            pl.date_range(
                pl.col("week").min(), data_to - timedelta(days=data_to.weekday()), interval="1w"
            ).alias("week")
        )
        if played.height
        else played.select("week")
    )
    active_before = pl.col("active_users").shift(1, fill_value=0)
    return contract("gold/lifecycle_weekly").conform(
        every_week.join(played, on="week", how="left")
        .sort("week")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(
            # Who played the week before either returned or went dormant.
            dormant_users=active_before - pl.col("returning_users"),
            provisional=pl.col("week") + WEEK > data_to + timedelta(days=1),
        )
    )
