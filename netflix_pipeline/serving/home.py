"""Publishing by a home's settings, and looking at what is published: also where a play counts."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from datetime import datetime, timedelta
from typing import Any

from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.serving.snapshot.layout import newest
from netflix_pipeline.serving.snapshot.open import NoSnapshot, Row, Snapshot, Snapshots
from netflix_pipeline.serving.snapshot.publish import Published
from netflix_pipeline.serving.snapshot.replica import PATIENCE, Replica
from netflix_pipeline.serving.snapshot.sharing import publish_shared
from netflix_pipeline.serving.snapshot.snapshot_files import LINK, current_version, snapshot_path
from netflix_pipeline.serving.snapshot.store import SnapshotStore
from netflix_pipeline.serving.snapshot.writer import Progress, naive
from netflix_pipeline.settings import Settings


def publish_home(
    settings: Settings,
    *,
    full: bool = False,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> Published:
    """Publish what the home's lake holds as the next snapshot; see `publish_shared`."""
    return publish_shared(
        Lake.of(settings),
        settings.serving,
        settings.snapshots,
        as_of=as_of,
        keep=settings.snapshots_kept,
        full=full,
        progress=progress,
    )


def served_snapshots(settings: Settings) -> Snapshots:
    """The snapshots that a service of a home answers from; where a store has them, it fetches them.

    Raises BadStoreAddress.
    """
    store = settings.snapshots
    replica = Replica(SnapshotStore(store, PATIENCE), settings.serving) if store else None
    return Snapshots(settings.serving, settings.query_megabytes, settings.people_in_memory, replica)


def newest_shared(settings: Settings) -> int | None:
    """The version that the store of snapshots names; None before the first.

    Raises what the store does, and DamagedFile where it names none that can be read.
    """
    newest = SnapshotStore(settings.snapshots, PATIENCE).newest()
    return newest.version if newest else None


def snapshot_info(settings: Settings) -> dict[str, Any] | None:
    """Version, built_at, data_from, data_to and as_of of the current snapshot; None before it."""
    try:
        return Snapshots(settings.serving).current().info.model_dump()
    except NoSnapshot:
        return None


def snapshot_problem(settings: Settings) -> str | None:
    """Why the current snapshot cannot be read; None when it can, or when there is none."""
    snapshots = Snapshots(settings.serving)
    snapshots.follow()
    version = current_version(settings.serving)
    if snapshots.problem is None and version is not None:
        path = snapshot_path(settings.serving, version)
        if not path.exists():
            return (
                f"{path} is gone, though {LINK} names it: netflix-pipeline publish makes another."
            )
    if snapshots.problem is None and snapshots.held is not None:
        told = snapshots.held.row(BYTES)
        path = snapshots.held.path
        if told is not None and path.stat().st_size < told["bytes"]:
            return (
                f"{path} is shorter than it was written: netflix-pipeline publish --full makes "
                "another."
            )
    return snapshots.problem


def unpublished(settings: Settings) -> list[tuple[str, Partition]]:
    """The partitions of the lake of which the current snapshot holds another state, or none.

    Raises NoSnapshot.
    """
    lake = Lake.of(settings)
    rows = Snapshots(settings.serving).current().rows(HELD)
    held = {(row["table"], row["partition"]): row["version"] for row in rows}
    return [
        (table, partition)
        for table in sorted({table for table, _ in held})
        for partition in newest(table, lake.every_partition(table))
        if (footer := lake.footer(table, partition)) is not None
        and footer.version != held.get((table, partition))
    ]


def published_partitions(snapshot: Snapshot) -> list[tuple[str, Partition]]:
    """The partitions of the lake of which a snapshot was made."""
    return [(row["table"], row["partition"]) for row in snapshot.rows(HELD)]


def published_numbers(settings: Settings, play: Row) -> dict[str, Row]:
    """The published rows that a row of silver plays is counted in, by table.

    Empty when it is not published (yet).
    """
    try:
        snapshot = Snapshots(settings.serving).current()
        return published(snapshot, play["user_id"], play["title_id"], play["started_at"])
    except NoSnapshot:
        return {}


BYTES = """
    SELECT 3 * 4096 + max(used_blocks * block_size) AS bytes FROM pragma_database_size()
"""
"""What the file of a snapshot has at least, as it says itself: three headers, then blocks in use.

It counts free blocks, too, but cuts those at its end off.
"""

HELD = 'SELECT "table", "partition", version FROM held.partitions'

PLAY = """
    SELECT * FROM plays
    WHERE event_date = $day AND user_id = $user AND title_id = $title AND started_at = $at
"""

COUNTED_IN = {
    "engagement_daily": ("event_date", *OF_PLAYS),
    "user_daily": ("event_date", "user_id", *OF_PLAYS),
    "title_daily": ("event_date", "title_id", "country"),
    "user_profile": ("user_id",),
    "title_profile": ("title_id",),
}
"""The tables in which a play is counted, and the columns by which."""

ENTRIES = """
    SELECT t.* FROM top10_weekly AS t
    WHERE t.week = $week AND t.country IN ('all', $country)
        AND t.entry_id = (SELECT entry_id FROM titles WHERE title_id = $title)
    ORDER BY t.country <> 'all'
"""


def published(
    snapshot: Snapshot, user_id: str, title_id: str, started_at: datetime
) -> dict[str, Row]:
    """The published rows that a play is counted in, by table; none when it is not published.

    `plays` is the play itself. Its title's places in the week's lists, where it has any, are
    `top10_weekly` and, in the play's country, `top10_weekly <country>`.
    """
    at = naive(started_at)
    assert at is not None
    day = at.date()
    play = snapshot.row(PLAY, {"day": day, "user": user_id, "title": title_id, "at": at})
    if play is None:
        return {}
    numbers = {"plays": play}
    for table, columns in COUNTED_IN.items():
        where = " AND ".join(f"{name} = ${name}" for name in columns)
        row = snapshot.row(f"SELECT * FROM {table} WHERE {where}", {n: play[n] for n in columns})
        if row is not None:
            numbers[table] = row
    week = day - timedelta(days=day.weekday())
    parameters = {"week": week, "country": play["country"], "title": title_id}
    for entry in snapshot.rows(ENTRIES, parameters):
        overall = entry["country"] == "all"
        numbers["top10_weekly" if overall else f"top10_weekly {entry['country']}"] = entry
    return numbers
