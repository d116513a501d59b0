"""The gold tables that look over the whole history, each made from all of it.

`incremental` makes the same tables from what changed since; here is what it falls back to.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import WHOLE, Share, SortedParts
from netflix_pipeline.lake.parquet_files import telling_damage
from netflix_pipeline.materialize.shards import Parts, made_of_shares
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition
from netflix_pipeline.transforms import profiles
from netflix_pipeline.transforms.dense_ids import Numbering, by_day
from netflix_pipeline.transforms.gold_weekly import (
    UserWeeks,
    cohort_counts,
    lifecycle_counts,
    lifecycle_weekly,
    retention_weekly,
)
from netflix_pipeline.transforms.several_days import EVENT_DATE

PLAYS, USER_DAYS = "silver/plays", "gold/user_daily"
PROFILE, RETENTION, LIFECYCLE = (
    "gold/user_profile",
    "gold/retention_weekly",
    "gold/lifecycle_weekly",
)

PLAYS_AT_ONCE = 5_000_000
"""Plays from which profiles of titles are made at a time: bounds memory."""

ROWS_AT_ONCE = 500_000
"""Rows of plays, or of users by day, that are read together: bounds memory."""


def rows_of(
    versions: Versions,
    table: str,
    columns: Sequence[str],
    ids: pl.Series | None = None,
    days: Collection[date] | None = None,
    share: Share = WHOLE,
) -> pl.DataFrame:
    """The named columns of the days of a table (of all days), and `day`, the days in order.

    With `ids`, only the rows of these: of the column that the series is named after; with a share,
    only those of its users.
    """
    wanted = None if days is None else frozenset(days)
    those = [day for day in versions.filled(table) if wanted is None or day in wanted]
    if ids is None and share == WHOLE:
        kept = versions.lake.kept_days(table, those, columns)
        if kept is not None:
            return kept.rename({EVENT_DATE: "day"})
    files = [versions.lake.path(table, day) for day in those]
    if not files:
        empty = contract(table).empty().select(columns)
        return empty.with_columns(day=pl.lit(None, pl.Date))
    with telling_damage(files):
        rows = pl.scan_parquet(files, hive_partitioning=True, glob=False)
        if ids is not None:
            rows = rows.filter(pl.col(ids.name).is_in(ids.implode()))
        if share != WHOLE:
            rows = rows.filter(share.holds())
        return rows.select(*columns, day="event_date").collect()


def last_day(versions: Versions, table: str) -> date | None:
    """The last day with a play, as a table that has all such days tells."""
    return max(versions.filled(table), default=None)


def tables_of_users(
    versions: Versions, tables: Collection[str]
) -> dict[str, pl.DataFrame | SortedParts]:
    """The named ones of the tables of users, from all days."""
    last = last_day(versions, USER_DAYS)
    if last is None:
        return {table: contract(table).empty() for table in tables}
    shares = versions.shares(USER_DAYS, versions.filled(USER_DAYS))
    of_users = Parts(versions.lake, PROFILE, shares)
    counts = defaultdict[str, list[pl.DataFrame]](list)
    for draft in made_of_shares(versions, users_of_share, list(tables), [], shares):
        if draft.table == PROFILE:
            of_users.add(draft)
        else:
            assert isinstance(draft.frame, pl.DataFrame)
            counts[draft.table].append(draft.frame)
    made: dict[str, pl.DataFrame | SortedParts] = {}
    if counts:
        made[RETENTION] = retention_weekly(counts[RETENTION], last)
        made[LIFECYCLE] = lifecycle_weekly(counts[LIFECYCLE], last)
    if PROFILE in tables:
        made[PROFILE] = of_users.added(versions.lake.read)
    return {table: made[table] for table in tables}


def users_of_share(
    versions: Versions,
    tables: Sequence[str],
    days: Sequence[date],  # noqa: ARG001  as every share is made; these take the whole history
    share: Share,
) -> Iterator[ComputedPartition]:
    """The profiles of a share's users, and their counts for the tables by week."""
    since = time.perf_counter()

    def draft(table: str, frame: pl.DataFrame) -> ComputedPartition:
        return ComputedPartition(table, None, frame, {}, time.perf_counter() - since)

    last = last_day(versions, USER_DAYS)
    assert last is not None, "nobody ever watched"
    profiled, by_week = PROFILE in tables, len(tables) > (PROFILE in tables)
    columns = profiles.USER_DAYS if profiled else ("user_id",)
    users, of_users, weeks = Numbering(), profiles.UserProfiles(last), UserWeeks()
    for days_at_once in _together(versions, USER_DAYS):
        for day, rows in by_day(rows_of(versions, USER_DAYS, columns, None, days_at_once, share)):
            user = users(rows["user_id"])
            if profiled:
                of_users.add(day, user, rows)
            if by_week:
                weeks.add(day, user)
    ids = users.ids()
    if profiled:
        yield draft(PROFILE, of_users.of(ids))
    if by_week:
        of_weeks = weeks.of(ids)
        yield draft(RETENTION, cohort_counts(of_weeks, last))
        yield draft(LIFECYCLE, lifecycle_counts(of_weeks))


def title_profile(versions: Versions) -> pl.DataFrame:
    """The profiles of all titles, from all days."""
    titles = versions.lake.read("silver/titles")
    counts = [versions.footer(PLAYS, day) for day in versions.filled(PLAYS)]
    plays = sum(footer.rows for footer in counts if footer)
    if plays < PLAYS_AT_ONCE:
        return profiles_of(versions, titles)
    named = [
        rows_of(versions, source, ["title_id"])["title_id"].unique()
        for source in (PLAYS, "silver/reviews")
    ]
    made = [
        profiles_of(versions, titles, part)
        for part in in_parts(profiles.with_families(pl.concat(named), titles), plays)
    ]
    return contract("gold/title_profile").conform(pl.concat(made))


def in_parts(families: pl.DataFrame, plays: int) -> Iterator[pl.Series]:
    """The ids of titles in parts of about `PLAYS_AT_ONCE` of their plays; a family is in one.

    A profile takes something of other titles of its family only. Columns in: title_id, family.
    """
    part = pl.col("family").hash() % (1 + plays // PLAYS_AT_ONCE)
    for rows in families.with_columns(part=part).partition_by("part"):
        yield rows["title_id"]


def _played(versions: Versions, titles: pl.Series | None) -> Iterator[pl.DataFrame]:
    """The plays of titles (of all), those of some days at a time."""
    for days in _together(versions, PLAYS):
        yield rows_of(versions, PLAYS, profiles.PLAYED, titles, days)


def _together(versions: Versions, table: str) -> Iterator[list[date]]:
    """The days of a table that have rows, in order, in parts that are read together: at least one.

    As many as have `ROWS_AT_ONCE` together: few large ones, many small ones.
    """
    part: list[date] = []
    rows = 0
    for day in versions.filled(table):
        height = versions.height(table, day)
        if part and rows + height > ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
        part.append(day)
        rows += height
    yield part


def profiles_of(
    versions: Versions, titles: pl.DataFrame, played: pl.Series | None = None
) -> pl.DataFrame:
    """The profiles of titles (of all) and of no others, from their own plays and reviews."""
    return profiles.title_profile(
        _played(versions, played),
        titles,
        rows_of(versions, "silver/reviews", profiles.REVIEWED, played),
        last_day(versions, PLAYS) or date.min,
    )
