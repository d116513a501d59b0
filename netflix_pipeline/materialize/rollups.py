"""The gold tables that look over the whole history: what each reads, and its new partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms import title_profile as of_titles
from netflix_pipeline.transforms import top10
from netflix_pipeline.transforms import user_profile as of_users
from netflix_pipeline.transforms import user_weeks as of_weeks
from netflix_pipeline.transforms.lifecycle import lifecycle_weekly
from netflix_pipeline.transforms.retention import retention_weekly

Frames = Mapping[Partition, pl.DataFrame]
Rollup = Callable[[Lake, Versions], Frames]


def history(
    lake: Lake, versions: Versions, table: str, columns: Sequence[str], *, dated: bool = True
) -> pl.DataFrame:
    """The named columns of every day of a table, with `day` when `dated`."""
    told = contract(table)
    empty = told.empty().select(columns)
    frames = [
        rows.with_columns(day=pl.lit(day)) if dated else rows
        for day in versions.partitions(table)
        if (rows := lake.read(table, day, columns)).height
    ]
    return pl.concat(frames or [empty.with_columns(day=pl.lit(None, pl.Date)) if dated else empty])


def last_day(versions: Versions) -> date | None:
    """The last day with a play."""
    days = [
        day
        for day in versions.partitions("gold/user_daily")
        if versions.version("gold/user_daily", day) != "empty"
    ]
    return days[-1] if days else None


def _weeks(lake: Lake, versions: Versions) -> pl.DataFrame:
    return of_weeks.user_weeks(history(lake, versions, "gold/user_daily", of_weeks.COLUMNS))


def _retention(lake: Lake, versions: Versions) -> Frames:
    last = last_day(versions)
    return {} if last is None else {None: retention_weekly(_weeks(lake, versions), last)}


def _lifecycle(lake: Lake, versions: Versions) -> Frames:
    last = last_day(versions)
    return {} if last is None else {None: lifecycle_weekly(_weeks(lake, versions), last)}


def _user_profile(lake: Lake, versions: Versions) -> Frames:
    last = last_day(versions)
    if last is None:
        return {}
    days = history(lake, versions, "gold/user_daily", of_users.COLUMNS)
    return {None: of_users.user_profile(days, last)}


def _title_profile(lake: Lake, versions: Versions) -> Frames:
    plays = history(lake, versions, "silver/plays", of_titles.COLUMNS, dated=False)
    reviews = history(lake, versions, "silver/reviews", of_titles.REVIEWED, dated=False)
    return {None: of_titles.title_profile(plays, lake.read("silver/titles"), reviews)}


def _top10(lake: Lake, versions: Versions) -> Frames:
    sums = top10.week_sums(history(lake, versions, "gold/title_daily", top10.COLUMNS))
    return {**top10.top10_weekly(sums, lake.read("silver/titles"))}


ROLLUPS: Mapping[str, Rollup] = {
    "gold/top10_weekly": _top10,
    "gold/retention_weekly": _retention,
    "gold/lifecycle_weekly": _lifecycle,
    "gold/user_profile": _user_profile,
    "gold/title_profile": _title_profile,
}
"""How each table is made."""
