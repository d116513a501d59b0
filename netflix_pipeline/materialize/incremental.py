"""The same tables as `full_rebuild` makes, from what changed since they were made.

A stored table can be patched when it was made by the code of now, when the versions that it was
made from can still be read, and when what changed is little. Else None says: make it anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from netflix_pipeline.lake import DamagedTable, Footer, Partition, content_version
from netflix_pipeline.materialize.build_graph import code_version
from netflix_pipeline.materialize.full_rebuild import in_parts, last_day, profiles_of, rows_of
from netflix_pipeline.materialize.retained_versions import change_since, recorded
from netflix_pipeline.materialize.versions import Versions, input_name, partitions_of
from netflix_pipeline.transforms import gold_weekly, profiles
from netflix_pipeline.transforms.gold_weekly import lifecycle_changed, retention_changed, user_weeks
from netflix_pipeline.transforms.rollup_deltas import replaced

OF_TITLES = ("episode", *gold_weekly.TITLES)
"""What top 10 lists and the profiles of titles take from silver/titles."""

FEW = 0.1
"""The share of all users, or titles, up to which those that changed are few."""


def standing(
    versions: Versions, table: str, partition: Partition = None
) -> tuple[pl.DataFrame, Footer] | None:
    """A stored partition that was made by the code of now, and its footer."""
    footer = versions.footer(table, partition)
    if footer is None or footer.code != code_version(table):
        return None
    try:
        frame = versions.lake.read(table, partition)
    except DamagedTable:
        return None
    # Another process may have replaced it between the two looks.
    return (frame, footer) if content_version(frame) == footer.version else None


def are_few(versions: Versions, ids: pl.Series, table: str) -> bool:
    """Whether the ids are few among the rows of the table that holds all of them."""
    footer = versions.footer(table, None)
    return footer is not None and ids.len() <= FEW * footer.rows


def patched_tables_of_users(versions: Versions, tables: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Those of the named tables of users that can be patched."""
    patched: dict[str, pl.DataFrame] = {}
    changes: dict[frozenset[tuple[str, str]], _UserDays | None] = {}
    for table in tables:
        if stands := standing(versions, table):
            stored, footer = stands
            made_from = frozenset(footer.inputs.items())
            if made_from not in changes:
                changes[made_from] = _changed_user_days(versions, footer)
            if days := changes[made_from]:
                patched[table] = days.patch(table, stored)
    return patched


@dataclass(frozen=True)
class _UserDays:
    """The rows of gold/user_daily of the touched users, of all days, before the change and now."""

    touched: pl.Series
    before: pl.DataFrame
    after: pl.DataFrame
    data_to: date

    def patch(self, table: str, stored: pl.DataFrame) -> pl.DataFrame:
        """The stored table with the change."""
        if self.touched.is_empty():
            return stored
        if table == "gold/user_profile":
            fresh = profiles.user_profile(self.after, self.data_to)
            return replaced(table, stored, fresh, self.touched)
        before, after = (
            user_weeks(days.select("user_id", "day")) for days in (self.before, self.after)
        )
        change = {
            "gold/retention_weekly": retention_changed,
            "gold/lifecycle_weekly": lifecycle_changed,
        }[table]
        return change(stored, before, after, self.data_to)


def _changed_user_days(versions: Versions, footer: Footer) -> _UserDays | None:
    source, columns = "gold/user_daily", profiles.USER_DAYS
    data_to = last_day(versions, source)
    if data_to is None or not _ended_on(footer, source, data_to):
        return None
    change = change_since(versions, source, recorded(versions, source, footer), columns)
    if change is None:
        return None
    touched = change.rows["user_id"].unique()
    if not are_few(versions, touched, "silver/users"):
        return None
    after = rows_of(versions, source, columns, touched)
    was = [
        rows.filter(pl.col("user_id").is_in(touched.implode())).select(*columns, day=pl.lit(day))
        for day, rows in change.before.items()
    ]
    others = after.filter(~pl.col("day").is_in(list(change.before)))
    return _UserDays(touched, pl.concat([others, *was]), after, data_to)


def _ended_on(footer: Footer, source: str, data_to: date) -> bool:
    """Whether what a table was made from had the same last day as now."""
    days = partitions_of(source, footer.inputs)
    return max(days, default=None) == input_name(source, data_to)


def patched_title_profile(versions: Versions) -> pl.DataFrame | None:
    """The profiles of all titles, those that a change touches made anew."""
    table = "gold/title_profile"
    if not (stands := standing(versions, table)):
        return None
    stored, footer = stands
    data_to = last_day(versions, "silver/plays")
    if data_to is None or not _ended_on(footer, "silver/plays", data_to):
        return None
    changed = [
        change_since(versions, source, recorded(versions, source, footer), columns)
        for source, columns in (
            ("silver/plays", profiles.PLAYED),
            ("silver/reviews", profiles.REVIEWED),
        )
    ]
    named = changed_titles(versions, footer)
    if named is None or None in changed:
        return None
    rows = [change.rows["title_id"] for change in changed if change is not None]
    titles, ids = versions.lake.read("silver/titles"), pl.concat([named, *rows]).unique()
    if not are_few(versions, ids, "silver/titles"):
        return None
    if ids.is_empty():
        return stored
    touched = profiles.touched_titles(titles, ids, stored["title_id"])
    plays = int(stored.join(touched, on="title_id", how="semi")["plays"].sum())
    fresh = [profiles_of(versions, titles, part) for part in in_parts(touched, plays)]
    return replaced(table, stored, pl.concat(fresh), touched["title_id"])


def changed_titles(versions: Versions, footer: Footer) -> pl.Series | None:
    """The titles of which something else is said than when a table was made.

    And all others of their series, for an episode's place depends on them.
    """
    source = "silver/titles"
    change = change_since(versions, source, recorded(versions, source, footer), OF_TITLES)
    if change is None:
        return None
    series = change.rows["series_key"].drop_nulls().unique()
    both = [versions.lake.read(source), *change.before.values()]
    beside = pl.concat(titles.select("title_id", "series_key") for titles in both).filter(
        pl.col("series_key").is_in(series.implode())
    )
    return pl.concat([change.rows["title_id"], beside["title_id"]]).unique()
