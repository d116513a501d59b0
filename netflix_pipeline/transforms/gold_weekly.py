"""The gold tables by week: who comes back, who is new, who left, and the ten most viewed entries.

Those of users are counted from the weeks in which each user played.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.gold import OVERALL
from netflix_pipeline.contracts.measures import total
from netflix_pipeline.transforms.dense_ids import Numbering, Numbers, by_day, lists, with_room
from netflix_pipeline.transforms.rollup_deltas import counted

WEEK = timedelta(days=7)
COHORT_KEY = ("cohort_week", "week_offset")
COHORT_COUNTS = ("cohort_users", "active_users")
COUNTS = ("active_users", "new_users", "returning_users")


def user_weeks(user_days: pl.DataFrame) -> pl.DataFrame:
    """The weeks of each user: user_id, weeks (the Mondays of weeks with a play, in order).

    `user_days` has user_id and day of every play. What is said of a user depends on his rows alone.
    """
    users, weeks = Numbering(), UserWeeks()
    for day, rows in by_day(user_days):
        weeks.add(day, users(rows["user_id"]))
    return weeks.of(users.ids())


class UserWeeks:
    """The weeks in which users played, to whom days are added in order."""

    def __init__(self) -> None:
        self._played: dict[date, Numbers] = {}

    def add(self, day: date, user: Numbers) -> None:
        """Add a day, with the number of each user who played; numbers may come several times."""
        monday = day - timedelta(days=day.weekday())
        known = self._played.get(monday, np.zeros(0, np.int8))
        self._played[monday] = with_room(known, int(user.max(initial=-1)) + 1)
        self._played[monday][user] = 1

    def of(self, ids: pl.Series) -> pl.DataFrame:
        """What `user_weeks` gives of users, whose ids are given in the order of their numbers."""
        mondays = sorted(self._played)
        played = np.zeros((ids.len(), len(mondays)), np.int8)
        for week, monday in enumerate(mondays):
            played[:, week] = with_room(self._played[monday], ids.len())[: ids.len()]
        of_users = pl.Series("weeks", mondays, dtype=pl.Date).gather(np.nonzero(played)[1])
        weeks = lists(of_users, played.sum(axis=1, dtype=np.int64))
        return pl.DataFrame([ids.alias("user_id"), weeks])


def retention_weekly(parts: Iterable[pl.DataFrame], data_to: date) -> pl.DataFrame:
    """Gold `retention_weekly`: who comes back, by the week of their first play.

    Every cohort in every week from its own to that of `data_to`, the last day with a play. Each of
    `parts` is what `cohort_counts()` gives for some of the users; together they are all.
    """
    counts = pl.concat(parts).group_by(COHORT_KEY).agg(pl.col(COHORT_COUNTS).sum())
    return _shares(counts, data_to)


def retention_changed(
    stored: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The stored table once the weeks of some users changed from `before` to `after`.

    Both are what `user_weeks()` gives for the touched users; `data_to` must still be the same.
    """
    counts = counted(
        stored.select(*COHORT_KEY, *COHORT_COUNTS),
        cohort_counts(before, data_to),
        cohort_counts(after, data_to),
        COHORT_KEY,
    )
    return _shares(counts.filter(pl.col("cohort_users") > 0), data_to)


def cohort_counts(weeks: pl.DataFrame, data_to: date) -> pl.DataFrame:
    """The users of each cohort, and those of them who played, in each week from its own on.

    Until that of `data_to`. `weeks` (user_id, weeks) is what `user_weeks()` gives.
    """
    week, cohort_week = pl.col("week"), pl.col("cohort_week")
    played = weeks.select(pl.col("weeks").alias("week"), cohort_week=pl.col("weeks").list.first())
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


def lifecycle_weekly(parts: Iterable[pl.DataFrame], data_to: date) -> pl.DataFrame:
    """Gold `lifecycle_weekly`: new, returning, resurrected and dormant users of each week.

    Every week from that of the first play to that of `data_to`, the last day with a play. Each of
    `parts` is what `lifecycle_counts()` gives for some of the users; together they are all.
    """
    counts = pl.concat(parts).group_by("week").agg(pl.col(COUNTS).sum())
    return _every_week(counts, data_to)


def lifecycle_changed(
    stored: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, data_to: date
) -> pl.DataFrame:
    """The stored table once the weeks of some users changed from `before` to `after`.

    Both are what `user_weeks()` gives for the touched users; `data_to` must still be the same.
    """
    before_and_after = lifecycle_counts(before), lifecycle_counts(after)
    counts = counted(stored.select("week", *COUNTS), *before_and_after, ("week",))
    return _every_week(counts.filter(pl.col("active_users") > 0), data_to)


def lifecycle_counts(weeks: pl.DataFrame) -> pl.DataFrame:
    """The users of each week who played, those who are new, and those who return.

    `weeks` (user_id, weeks) is what `user_weeks()` gives.
    """
    week, is_new = pl.col("week"), pl.col("week") == pl.col("first_week")
    return (
        weeks.select(pl.col("weeks").alias("week"), first_week=pl.col("weeks").list.first())
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
