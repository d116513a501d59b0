"""Takes away what Dagster recorded long ago, which Dagster itself keeps for ever.

What stays, however old: of each partition the newest event of each kind, so that it is still known
what it is made of, whether it broke and what its checks said; the runs that wrote these events; and
whatever is under way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES, NOT_FINISHED_STATUSES
from dagster._core.storage.event_log import (
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
)
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetEventTagsTable
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable
from sqlalchemy import Table, func, select

from netflix_pipeline.erasing.history import COMPANIONS

ROWS = 500
"""Rows that are taken away in one go: runs that write wait no longer than for these."""

EVENTS, CHECKS = SqlEventLogStorageTable, AssetCheckExecutionsTable


@dataclass(frozen=True)
class Purged:
    """How many events, results of checks, runs, and files of runs' logs were taken away."""

    events: int
    checks: int
    runs: int
    files: int


def purge(instance: dg.DagsterInstance, before: datetime) -> Purged:
    """Take away what was recorded before a time, and is not the newest of its kind."""
    log = instance.event_log_storage
    assert isinstance(log, SqlEventLogStorage)
    under_way = dg.RunsFilter(statuses=[*NOT_FINISHED_STATUSES])
    going_on = set(instance.run_storage.get_run_ids(under_way))
    key = EVENTS.c.asset_key, EVENTS.c.dagster_event_type, EVENTS.c.partition
    with log.index_connection() as index:
        of_events = _newest(index, EVENTS, *key)
        of_checks = _newest(
            index, CHECKS, CHECKS.c.asset_key, CHECKS.c.check_name, CHECKS.c.partition
        )
    kept = going_on | set(of_events.values()) | set(of_checks.values())
    time, checked = EVENTS.c.timestamp, CHECKS.c.evaluation_event_timestamp
    return Purged(
        events=sum(_purge_rows(log, EVENTS, time, before, of_events.keys(), going_on)),
        checks=sum(_purge_rows(log, CHECKS, checked, before, of_checks.keys(), going_on)),
        files=_purge_files(log, before, going_on),
        runs=_purge_runs(instance, before, kept),
    )


def _newest(index: Any, table: Table, *of: Any) -> dict[int, str]:
    """The newest row of each kind of each partition, and the run that wrote it."""
    numbers = select(func.max(table.c.id)).where(table.c.asset_key.is_not(None)).group_by(*of)
    rows = index.execute(select(table.c.id, table.c.run_id).where(table.c.id.in_(numbers)))
    return {int(number): str(run_id) for number, run_id in rows}


def _purge_rows(
    log: SqlEventLogStorage,
    table: Table,
    time: Any,
    before: datetime,
    newest: Any,
    going_on: set[str],
) -> Iterator[int]:
    """Take rows away, the oldest first; yields how many at a time."""
    at = before.astimezone(UTC).replace(tzinfo=None)
    last = 0
    while True:
        listed = (
            select(table.c.id, table.c.run_id)
            .where(table.c.id > last, time < at)
            .order_by(table.c.id)
            .limit(ROWS)
        )
        with log.index_connection() as index:
            found = index.execute(listed).fetchall()
            if not found:
                return
            last = found[-1][0]
            old = [
                number
                for number, run_id in found
                if number not in newest and run_id not in going_on
            ]
            if table is EVENTS:
                tags = AssetEventTagsTable
                index.execute(tags.delete().where(tags.c.event_id.in_(old)))
            index.execute(table.delete().where(table.c.id.in_(old)))
        yield len(old)


def _purge_files(log: SqlEventLogStorage, before: datetime, going_on: set[str]) -> int:
    """With SQLite each run has a file of its log."""
    if not isinstance(log, SqliteEventLogStorage):
        return 0
    index = Path(log.path_for_shard("index"))
    old = [
        path
        for path in index.parent.glob("*.db")
        if path != index and path.stem not in going_on
        if path.stat().st_mtime < before.timestamp()
    ]
    for path in old:
        for companion in COMPANIONS:
            path.with_name(path.name + companion).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return len(old)


def _purge_runs(instance: dg.DagsterInstance, before: datetime, kept: set[str]) -> int:
    storage = instance.run_storage
    assert isinstance(storage, SqlRunStorage)
    ended = dg.RunsFilter(statuses=[*FINISHED_STATUSES], updated_before=before)
    old = [run_id for run_id in storage.get_run_ids(ended) if run_id not in kept]
    for begin in range(0, len(old), ROWS):
        some = old[begin : begin + ROWS]
        with storage.connect() as runs:
            runs.execute(RunTagsTable.delete().where(RunTagsTable.c.run_id.in_(some)))
            runs.execute(RunsTable.delete().where(RunsTable.c.run_id.in_(some)))
    return len(old)
