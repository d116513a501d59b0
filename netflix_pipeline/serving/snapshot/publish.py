"""Publishing: a new immutable file beside the old ones, and a link that points at it.

The new file is the previous one with the changed partitions replaced, or is built anew: when there
is no previous one, its layout is another, it is damaged, more than half of its rows came by patches
(it has then grown slack), or on request. It is whole and on disk before anything points at it, so
an interruption at any point leaves the previous snapshot current.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from netflix_pipeline.atomic_write import FULL, sync
from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import StorageFull
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.parquet_files import DamagedTable, damage
from netflix_pipeline.serving.snapshot import layout, query_cancellation, snapshot_files
from netflix_pipeline.serving.snapshot.writer import (
    Held,
    Part,
    Progress,
    drafting,
    inventory,
    literal,
    rows_by_day,
    stale,
)

HAS_STALE = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'held' AND table_name = 'stale'"
"""Snapshots of before it was told have no such table."""
STALE = 'SELECT "table", "partition", reason FROM held.stale'
SLACK_ROWS = 200_000
"""Rows that patches may bring before a file of any size is built anew."""

TOLD_FULL = tuple(map(os.strerror, FULL))
"""How a full disk is told: DuckDB tells the system's error in its text only."""


@dataclass(frozen=True)
class Published:
    """What a publish did: `days_changed` counts days, `note` says why it was built anew.

    `version` is the current snapshot's, also when there was nothing new to publish (`fresh` is
    then False). `damaged` tells of partitions whose files cannot be read.
    """

    version: int
    path: Path
    days_changed: int
    full: bool
    seconds: float
    fresh: bool = True
    note: str | None = None
    damaged: Mapping[Part, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Previous:
    """What the current snapshot says of itself."""

    held: dict[Part, Held]
    stale: dict[Part, str]
    patched_rows: int
    as_of: datetime | None


def publish(
    lake: Lake,
    folder: Path,
    *,
    as_of: datetime | None = None,
    keep: int = 3,
    full: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Publish the lake's plays, dims, quarantine and gold as the next snapshot in `folder`.

    `as_of` is the latest receipt of a record that is in them (None: as the previous snapshot
    said); `keep` how many snapshots stay on disk. Nothing happens when nothing changed, unless
    `full`. Waits for writers of the lake, and keeps them out meanwhile. Of a file of the lake that
    is damaged, what the previous snapshot holds is published again (built anew, nothing); it is
    marked stale, so that the next build makes it anew. Raises StorageFull when the disk is full;
    the previous snapshot then stays.
    """
    damaged: dict[Part, str] = {}
    with lake.publishing():
        while True:
            try:
                return _publish(lake, folder, damaged, as_of, keep, progress, full=full)
            except _DamagedParts as error:
                damaged |= error.parts


class _DamagedParts(Exception):
    """Partitions whose files cannot be read, each with what is to be said of it."""

    def __init__(self, parts: Mapping[Part, str]) -> None:
        super().__init__(*parts.values())
        self.parts = parts


def _publish(
    lake: Lake,
    folder: Path,
    damaged: dict[Part, str],
    as_of: datetime | None,
    keep: int,
    progress: Progress | None,
    *,
    full: bool,
) -> Published:
    """Publish without the parts that are known as damaged; _DamagedParts tells of others."""
    begun = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    snapshot_files.sweep(folder)
    current = snapshot_files.current_version(folder)
    previous, note = _previous(folder, current)
    known = previous.held if previous else {}
    held = inventory(lake, known, damaged)
    for part, why in damaged.items():
        lake.mark_stale(*part, why)
    marked = stale(lake, held)
    come = {
        part: new
        for part, new in held.items()
        if part not in known or known[part].version != new.version
    }
    gone = [part for part in known if part not in held or part in come]
    if previous is not None and as_of is None:
        as_of = previous.as_of
    days = {day for table, day in (*come, *gone) if contract(table).partition == "day"}

    if (
        previous
        and not come
        and not gone
        and not full
        and note is None
        and as_of == previous.as_of
        and marked == previous.stale
    ):
        assert current is not None
        path = snapshot_files.snapshot_path(folder, current)
        seconds = time.perf_counter() - begun
        return Published(
            current, path, 0, full=False, seconds=seconds, fresh=False, damaged=damaged
        )

    patched = (previous.patched_rows if previous else 0) + rows_by_day(come)
    if patched > max(SLACK_ROWS, rows_by_day(held) / 2) and note is None and previous:
        note = "most of it changed since it was last built as a whole"
    anew = full or previous is None or note is not None

    version = snapshot_files.next_version(folder)
    draft = folder / snapshot_files.DRAFT
    with _sweeping(folder):
        if anew:
            held = {part: partition for part, partition in held.items() if part not in damaged}
            gone, come, patched = [], held, 0
        else:
            assert current is not None
            shutil.copyfile(snapshot_files.snapshot_path(folder, current), draft)
        with drafting(draft, lake) as writing:
            if anew:
                writing.create()
            try:
                writing.replace(gone, come, progress)
            except duckdb.Error as error:
                torn = {
                    part: str(DamagedTable(lake.path(*part), reason))
                    for part in come
                    if (reason := damage(lake.path(*part)))
                }
                if not torn:
                    raise
                raise _DamagedParts(torn) from error
            writing.sign(version, held, marked, as_of, patched)
        sync(draft)
        path = snapshot_files.make_current(folder, draft, version)
    snapshot_files.prune(folder, keep)
    seconds = time.perf_counter() - begun
    return Published(version, path, len(days), anew, seconds, note=note, damaged=damaged)


def _previous(folder: Path, current: int | None) -> tuple[_Previous | None, str | None]:
    """What the current snapshot holds, or why it cannot be built upon."""
    if current is None:
        return None, None
    path = snapshot_files.snapshot_path(folder, current)
    try:
        with (
            duckdb.connect(":memory:") as connection,
            query_cancellation.InterruptibleConnection(connection) as sql,
        ):
            sql.execute(f"ATTACH {literal(str(path))} AS previous (READ_ONLY)")
            sql.execute("USE previous")
            rows = sql.execute(
                'SELECT "table", "partition", version, rows, stamp FROM held.partitions'
            ).fetchall()
            marks = sql.execute(STALE).fetchall() if sql.execute(HAS_STALE).fetchone() else ()
            state = sql.execute(
                "SELECT layout, patched_rows, as_of FROM held.state, snapshot_info"
            ).fetchone()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        return None, f"the current snapshot {path.name} is damaged and was left aside: {reason}"
    if state is None or state[0] != layout.layout_version():
        return None, "its tables are laid out differently now"
    _, patched, as_of = state
    held = {(table, partition): Held(*moment) for table, partition, *moment in rows}
    marked = {(table, partition): reason for table, partition, reason in marks}
    moment = as_of and as_of.replace(tzinfo=UTC)
    return _Previous(held, marked, patched, moment), None


@contextmanager
def _sweeping(folder: Path) -> Iterator[None]:
    """Leave nothing half-written when publishing fails; a full disk is told as StorageFull."""
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            snapshot_files.sweep(folder)
        if isinstance(error, OSError | duckdb.Error) and any(
            phrase in str(error) for phrase in TOLD_FULL
        ):
            raise StorageFull(
                f"the disk of {folder} is full: no snapshot was published, the previous one "
                "stays current. Free space and publish again."
            ) from error
        raise
