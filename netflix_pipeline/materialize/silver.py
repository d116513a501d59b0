"""Users, titles, plays and sittings: the silver tables that look further than one day."""

import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Share
from netflix_pipeline.lake.parquet_files import DamagedTable, telling_damage, tells_damage
from netflix_pipeline.materialize.build_graph import TABLES, USES_DIMENSIONS
from netflix_pipeline.materialize.incremental import standing
from netflix_pipeline.materialize.pending import inputs_of_day, whole_inputs
from netflix_pipeline.materialize.shards import in_shares
from netflix_pipeline.materialize.versions import EMPTY, Versions, input_name
from netflix_pipeline.materialize.writer import ComputedPartition, Outcome, each_day
from netflix_pipeline.transforms import plays, sittings

EVENTS, PLAYS, SESSIONS = "bronze/watch_events", "silver/plays", "silver/sessions"
PAIR = ("user_id", "title_id")


def dimension(
    versions: Versions, table: str, marked: list[tuple[str, date]], *, anew: bool
) -> ComputedPartition:
    """The table of users or titles; days that show something else of them are marked stale.

    These are added to `marked`. With `anew` it is not taken from what is stored, even where nothing
    new is told.
    """
    since = time.perf_counter()
    fresh = None if anew else _dimension_as_it_is(versions, table)
    if fresh is None:
        spec = TABLES[table]
        assert not isinstance(spec.make, str)
        fresh = spec.make(*(versions.rows(source, None) for source in spec.inputs))
        marked += _mark_users_of(versions, table, fresh)
    return ComputedPartition(
        table, None, fresh, whole_inputs(versions, table), time.perf_counter() - since
    )


def _dimension_as_it_is(versions: Versions, table: str) -> pl.DataFrame | None:
    """The stored table, where new events only name users or titles that are in it."""
    if not (stands := standing(versions, table)):
        return None
    stored, footer = stands
    described, mentions = TABLES[table].inputs
    was = [footer.inputs.get(source, EMPTY) for source in (described, mentions)]
    if was[0] != versions.version(described, None):
        return None
    added = versions.lake.files_added(mentions, None, was[1], versions.committed)
    if added is None:
        return None
    key = contract(table).key[0]
    known = stored[key].implode()
    for file in added:
        with telling_damage([file]):
            named = pl.read_parquet(file, hive_partitioning=False, glob=False)
        tells = any(column.null_count() < named.height for column in named.drop(key, "batch"))
        if tells or not named[key].is_in(known).all():
            return None
    return stored


def _mark_users_of(versions: Versions, table: str, fresh: pl.DataFrame) -> list[tuple[str, date]]:
    """Mark the days stale that name a user or title of which something else is said now."""
    marked: list[tuple[str, date]] = []
    key = contract(table).key[0]
    same = (pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in fresh.columns if name != key)
    try:
        beside = versions.lake.read(table).join(fresh, on=key, how="left", suffix="_now")
        changed = beside.filter(~pl.all_horizontal(same))[key].implode()
    except DamagedTable:
        changed = None  # nobody knows what it said: all may have changed
    if changed is not None and not changed[0].len():
        return marked
    for source in USES_DIMENSIONS[table]:
        if key not in contract(source).names or not TABLES[source].inputs[0].startswith("bronze/"):
            continue
        for day in versions.partitions(source):
            if changed is None or _names(versions, source, day, key, changed):
                for dependent in USES_DIMENSIONS[table]:
                    if versions.footer(dependent, day) is not None:
                        versions.lake.mark_stale(dependent, day, f"{table} changed")
                        marked.append((dependent, day))
    return marked


def _names(versions: Versions, source: str, day: date, key: str, ids: pl.Series) -> bool:
    """Whether a day of a table names one of the ids; also where it cannot be read."""
    try:
        return bool(versions.lake.read(source, day, [key])[key].is_in(ids).any())
    except DamagedTable:
        return True


Walked = Iterator[tuple[date, pl.DataFrame, list[date]]]


def plays_of(versions: Versions, days: list[date], *, anew: bool) -> Iterator[Outcome]:
    """The plays of each day; with `anew` nothing is taken from what is stored."""
    walking = []
    for day in days:
        if not anew and (draft := _plays_as_they_are(versions, day)):
            yield draft
        else:
            walking.append(day)
    yield from each_day(PLAYS, walking, in_shares(versions, PLAYS, EVENTS, plays_of_share))


def plays_of_share(
    versions: Versions, tables: Sequence[str], days: Sequence[date], share: Share
) -> Iterator[ComputedPartition]:
    """The plays of a share of the users on each day."""
    (table,) = tables
    lake = versions.lake
    walked = plays.walk_plays(
        days,
        lambda days: versions.rows_of_days(EVENTS, days, plays.COLUMNS, share),
        partial(versions.height, EVENTS),
        versions.bronze_reach,
        lake.read("silver/titles"),
        lake.read("silver/users", share=share),
    )
    return _drafts(versions, table, EVENTS, walked)


def _plays_as_they_are(versions: Versions, day: date) -> ComputedPartition | None:
    """The stored plays of a day, where all that happened is that others came to other days.

    Further events only join plays together or make them longer, and only those of their user and
    title: a day without such plays stays as it is.
    """
    since = time.perf_counter()
    footer = versions.footer(PLAYS, day)
    if footer is None or versions.lake.is_stale(PLAYS, day):
        return None
    if len(versions.shares(PLAYS, [day])) > 1:
        return None  # too large to be looked at as a whole
    inputs = {**versions.current(footer.inputs), **inputs_of_day(versions, PLAYS, day)}
    changed = [
        name
        for name in footer.inputs.keys() | inputs.keys()
        if footer.inputs.get(name) != inputs.get(name)
    ]
    if input_name(EVENTS, day) in changed:
        return None
    added: list[Path] = []
    for name in changed:
        source, was = date.fromisoformat(name.rpartition("/")[2]), footer.inputs.get(name, EMPTY)
        files = versions.lake.files_added(EVENTS, source, was, versions.committed)
        if files is None:
            return None
        added += files
    if not added or not (stands := standing(versions, PLAYS, day)):
        return None
    stored, footer = stands
    try:
        others = pl.concat(
            pl.read_parquet(file, columns=list(PAIR), hive_partitioning=False, glob=False)
            for file in added
        )
    except BaseException as error:
        if not tells_damage(error):
            raise
        return None  # whoever builds the day tells which file is damaged
    if stored.join(others, on=PAIR, how="semi").height:
        return None
    taken = time.perf_counter() - since
    return ComputedPartition(PLAYS, day, stored, inputs, taken, footer.reach)


def sessions_of(
    versions: Versions,
    days: list[date],
    *,
    anew: bool,  # noqa: ARG001  as every builder is called; these are always made anew
) -> Iterator[Outcome]:
    """The sittings of each day."""
    return each_day(SESSIONS, days, in_shares(versions, SESSIONS, PLAYS, sessions_of_share))


def sessions_of_share(
    versions: Versions, tables: Sequence[str], days: Sequence[date], share: Share
) -> Iterator[ComputedPartition]:
    """The sittings of a share of the users on each day."""
    (table,) = tables
    lake = versions.lake
    walked = sittings.walk_sittings(
        days,
        lambda days: versions.rows_of_days(PLAYS, days, sittings.COLUMNS, share),
        partial(versions.height, PLAYS),
        versions.plays_reaches(),
        lake.read("silver/titles"),
    )
    return _drafts(versions, table, PLAYS, walked)


def _drafts(
    versions: Versions, table: str, source: str, walked: Walked
) -> Iterator[ComputedPartition]:
    since = time.perf_counter()
    for day, frame, read in walked:
        inputs = {**versions.inputs(source, read), **inputs_of_day(versions, table, day)}
        reach = frame["ended_at"].max()
        assert reach is None or isinstance(reach, datetime)
        yield ComputedPartition(table, day, frame, inputs, time.perf_counter() - since, reach)
        since = time.perf_counter()
