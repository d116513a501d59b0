"""Gold `retention_weekly`: who comes back, by the week of their first play."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from netflix_pipeline.contracts import contract

WEEK = timedelta(days=7)


def retention_weekly(user_weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """Every cohort in every week from its own to that of `data_to`, the last day with a play.

    `user_weeks` (column weeks) is what `user_weeks()` gives for all users.
    """
    played = user_weeks.select("weeks", cohort_week=pl.col("weeks").list.first())
    cohorts = played.group_by("cohort_week").agg(pl.len().alias("cohort_users"))
    active = (
        played.explode("weeks")
        .group_by("cohort_week", pl.col("weeks").alias("week"))
        .agg(pl.len().alias("active_users"))
    )
    weeks_so_far = pl.date_ranges(
        "cohort_week", data_to - timedelta(days=data_to.weekday()), interval="1w"
    )
    return contract("gold/retention_weekly").conform(
        cohorts.with_columns(week=weeks_so_far)
        .explode("week")
        .join(active, on=["cohort_week", "week"], how="left")
        .with_columns(pl.col("active_users").fill_null(0))
        .with_columns(
            week_offset=(pl.col("week") - pl.col("cohort_week")).dt.total_days() // 7,
            retention=pl.col("active_users") / pl.col("cohort_users"),
            provisional=pl.col("week") + WEEK > data_to + timedelta(days=1),
        )
    )
