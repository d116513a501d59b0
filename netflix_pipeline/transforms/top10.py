"""Gold `top10_weekly`: the ten most viewed entries of a week, by list and country."""

from __future__ import annotations

from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.gold.top10_weekly import OVERALL
from netflix_pipeline.transforms.measures import total

COLUMNS = ("title_id", "country", "watch_seconds")
"""The columns of title_daily that the lists are made of."""

TITLES = ("title_id", "list", "entry_id", "entry_name", "entry_runtime_minutes")
LIST = ("week", "list", "country")
RANKS = 10


def week_sums(days: pl.DataFrame) -> pl.DataFrame:
    """What a stretch of title_daily adds to the lists: week, title_id, country, watch_seconds.

    `days` has the rows of whole weeks: day, title_id, country, watch_seconds.
    """
    return days.group_by(pl.col("day").dt.truncate("1w").alias("week"), "title_id", "country").agg(
        total(pl.col("watch_seconds"))
    )


def top10_lists(weeks: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The lists of the weeks by themselves: `week` and the contract's columns but weeks_in_list.

    Entries nobody is known to have spent time with are left out.
    """
    entries = (
        weeks.join(titles.select(TITLES), on="title_id", how="left")
        .group_by("week", "list", "country", "entry_id")
        .agg(
            pl.col("entry_name").min(),
            pl.col("entry_runtime_minutes").min(),
            total(pl.col("watch_seconds")),
        )
    )
    overall = (
        entries.group_by("week", "list", "entry_id")
        .agg(pl.col("entry_name", "entry_runtime_minutes").min(), total(pl.col("watch_seconds")))
        .with_columns(country=pl.lit(OVERALL))
    )
    hours = pl.col("watch_seconds") / 3600
    runtime = pl.col("entry_runtime_minutes") / 60
    return (
        pl.concat([entries, overall.select(entries.columns)])
        .filter(pl.col("watch_seconds") > 0)
        .with_columns(hours_viewed=hours, runtime_hours=runtime, views=hours / runtime)
        # Views that are equal on paper may differ in the last bit; twelve digits rank them.
        .with_columns(ranked_by=pl.col("views").round_sig_figs(12))
        .sort(
            *LIST,
            "ranked_by",
            "hours_viewed",
            "entry_id",
            descending=[False, False, False, True, True, False],
            nulls_last=True,
        )
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(LIST))
        .filter(pl.col("rank") <= RANKS)
        .drop("watch_seconds", "entry_runtime_minutes", "ranked_by")
    )


def weeks_counted(lists: pl.DataFrame) -> dict[date, pl.DataFrame]:
    """The lists of all weeks (columns of `top10_lists`) with the weeks each entry was listed."""
    told = contract("gold/top10_weekly")
    counted = lists.with_columns(
        weeks_in_list=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(
            "list", "country", "entry_id", order_by="week"
        )
    )
    return {
        week: told.conform(rows)
        for (week,), rows in counted.partition_by("week", as_dict=True).items()
        if isinstance(week, date)
    }
