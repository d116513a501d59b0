"""The gold tables that look over the whole history, each made from all of it.

`incremental` makes the same tables from what changed since; here is what it falls back to.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import WHOLE, Share, SortedParts
from netflix_pipeline.lake.parquet_files import telling_damage
from netflix_pipeline.materialize.shards import Parts
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms import profiles
from netflix_pipeline.transforms.gold_weekly import (
    cohort_counts,
    lifecycle_counts,
    lifecycle_weekly,
    retention_weekly,
    user_weeks,
)

PLAYS = "silver/plays"

PLAYS_AT_ONCE = 2_000_000
"""Plays from which profiles of titles are made at a time: bounds memory."""


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
    files = [
        versions.lake.path(table, day)
        for day in versions.filled(table)
        if days is None or day in days
    ]
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
    source, profile = "gold/user_daily", "gold/user_profile"
    last = last_day(versions, source)
    if last is None:
        return {table: contract(table).empty() for table in tables}
    profiled = profile in tables
    columns = profiles.USER_DAYS if profiled else ("user_id",)
    shares = versions.shares(source, versions.filled(source))
    of_users, cohorts, lifecycles = Parts(versions.lake, profile, shares), [], []
    for share in shares:
        days = rows_of(versions, source, columns, share=share)
        if len(tables) > profiled:
            weeks = user_weeks(days.select("user_id", "day"))
            cohorts.append(cohort_counts(weeks, last))
            lifecycles.append(lifecycle_counts(weeks))
        if profiled:
            of_users.add(profiles.user_profile(days, last))
    made: dict[str, pl.DataFrame | SortedParts] = {}
    if cohorts:
        made["gold/retention_weekly"] = retention_weekly(cohorts, last)
        made["gold/lifecycle_weekly"] = lifecycle_weekly(lifecycles, last)
    if profiled:
        made[profile] = of_users.added()
    return {table: made[table] for table in tables}


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


def profiles_of(
    versions: Versions, titles: pl.DataFrame, played: pl.Series | None = None
) -> pl.DataFrame:
    """The profiles of titles (of all) and of no others, from their own plays and reviews."""
    return profiles.title_profile(
        rows_of(versions, PLAYS, profiles.PLAYED, played),
        titles,
        rows_of(versions, "silver/reviews", profiles.REVIEWED, played),
        last_day(versions, PLAYS) or date.min,
    )
