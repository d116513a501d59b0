"""Gold `top10_weekly`: the ten most viewed entries of a week, by list and country."""

from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.gold.top10_weekly import OVERALL
from netflix_pipeline.contracts.measures import total

COLUMNS = ("title_id", "country", "plays", "starters", "watch_seconds")
"""The columns of title_daily that the lists are made of."""

TITLES = (
    "title_id",
    "list",
    "series_key",
    "season",
    "entry_id",
    "entry_name",
    "entry_runtime_minutes",
)
ENTRY = ("week", "list", "entry_id")
LIST = ("week", "list", "country")
RANKS = 10

SUMS = (pl.col("plays", "starters").sum(), total(pl.col("watch_seconds")))


def week_sums(days: pl.DataFrame) -> pl.DataFrame:
    """What a stretch of title_daily adds to the lists: week, title_id, country and their sums.

    `days` has the rows of whole weeks: day and `COLUMNS`.
    """
    week = pl.col("day").dt.truncate("1w").alias("week")
    return days.group_by(week, "title_id", "country").agg(SUMS)


def top10_lists(weeks: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The lists of the weeks by themselves: `week` and the contract's columns but weeks_in_list.

    Entries with views come first, then those without a runtime by their hours, then those of which
    no hours are known by starters and plays.
    """
    facts = (pl.col("entry_name", "entry_runtime_minutes", "season", "by_id").min(), *SUMS)
    entries = (
        weeks.join(titles.select(TITLES), on="title_id", how="left")
        .with_columns(by_id=pl.coalesce("series_key", "title_id"))
        .group_by(*ENTRY, "country")
        .agg(facts)
    )
    overall = entries.group_by(ENTRY).agg(facts).with_columns(country=pl.lit(OVERALL))
    hours = pl.col("watch_seconds") / 3600
    runtime = pl.col("entry_runtime_minutes") / 60
    watched = pl.col("watch_seconds") > 0
    # Views that are equal on paper may differ in the last bit; twelve digits rank them.
    ranks = {
        "by_views": pl.when(watched).then(hours / runtime).round_sig_figs(12),
        "by_hours": pl.col("watch_seconds"),
        "by_starters": pl.when(~watched).then("starters"),
        "by_plays": pl.when(~watched).then("plays"),
    }
    return (
        pl.concat([entries, overall.select(entries.columns)])
        .with_columns(hours_viewed=hours, runtime_hours=runtime, views=hours / runtime, **ranks)
        .sort(
            *LIST,
            *ranks,
            "by_id",
            "season",
            "entry_id",
            descending=[False] * len(LIST) + [True] * len(ranks) + [False] * 3,
            nulls_last=[False] * len(LIST) + [True] * len(ranks) + [False] * 3,
        )
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(LIST))
        .filter(pl.col("rank") <= RANKS)
        .drop("watch_seconds", "entry_runtime_minutes", "season", "by_id", *ranks)
    )


def weeks_counted(lists: pl.DataFrame) -> dict[date, pl.DataFrame]:
    """The lists of all weeks (columns of `top10_lists`) with the weeks each entry was listed."""
    table_contract = contract("gold/top10_weekly")
    counted = lists.with_columns(
        weeks_in_list=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(
            "list", "country", "entry_id", order_by="week"
        )
    )
    return {
        week: table_contract.conform(rows)
        for (week,), rows in counted.partition_by("week", as_dict=True).items()
        if isinstance(week, date)
    }
