"""Gold `retention_weekly`: who comes back, by the week of their first play."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.rollup_deltas import counted

KEY = ("cohort_week", "week_offset")
COUNTS = ("cohort_users", "active_users")


def retention_weekly(user_weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """Every cohort in every week from its own to that of `data_to`, the last day with a play.

    `user_weeks` (user_id, weeks) is what `user_weeks()` gives for all users.
    """
    return _shares(_counts(user_weeks, data_to), data_to)


def retention_changed(
    stored: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The stored table once the weeks of some users changed from `before` to `after`.

    Both are what `user_weeks()` gives for the touched users; `data_to` must still be the same.
    """
    counts = counted(
        stored.select(*KEY, *COUNTS), _counts(before, data_to), _counts(after, data_to), KEY
    )
    return _shares(counts.filter(pl.col("cohort_users") > 0), data_to)


def _counts(user_weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    week, cohort_week = pl.col("week"), pl.col("cohort_week")
    played = user_weeks.select(
        pl.col("weeks").alias("week"), cohort_week=pl.col("weeks").list.first()
    )
    last_week = data_to - timedelta(days=data_to.weekday())
    return (
        played.group_by("cohort_week")
        .agg(pl.len().alias("cohort_users"))
        .with_columns(week=pl.date_ranges("cohort_week", last_week, interval="1w"))
        .explode("week")
        .join(
            played.explode("week")
            .group_by("cohort_week", "week")
            .agg(pl.len().alias("active_users")),
            on=["cohort_week", "week"],
            how="left",
        )
        .select(
            "cohort_week",
            ((week - cohort_week).dt.total_days() // 7).cast(pl.Int32).alias("week_offset"),
            pl.col("cohort_users").cast(pl.Int64),
            pl.col("active_users").fill_null(0).cast(pl.Int64),
        )
    )


def _shares(counts: pl.DataFrame, data_to: date) -> pl.DataFrame:
    sunday = pl.col("cohort_week") + pl.duration(days=pl.col("week_offset") * 7 + 6)
    return contract("gold/retention_weekly").conform(
        counts.with_columns(
            retention=pl.col("active_users") / pl.col("cohort_users"),
            provisional=sunday > data_to,
        )
    )
