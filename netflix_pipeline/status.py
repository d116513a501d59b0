"""What a home holds, in one object."""

from __future__ import annotations

from typing import Any

from netflix_pipeline.contracts import contracts
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import drained, ledger, manifests
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.lake.footer import read_footer
from netflix_pipeline.materialize import Versions, pending
from netflix_pipeline.serving import snapshot_info
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures, state_exists


def home_status(settings: Settings) -> dict[str, Any]:
    """Snapshot (None before the first), tables, ledger sums and the days that wait.

    Tables that hold nothing are left out. `pending_days` are the days of daily tables,
    and `pending_tables` the other tables, whose inputs or code changed since they were built;
    `events` how many requests came in over HTTP, and how many of them are in bronze; `erasures` of
    how many persons it is pending and done.
    """
    lake = Lake(settings.lake)
    versions = Versions(lake)
    tables = {}
    for name, told in contracts().items():
        partitions: list[Partition] = (
            [None] if told.partition == "whole" else [*lake.partitions(name)]
        )
        rows = {
            partition: count
            for partition in partitions
            if (count := _rows(lake, name, partition, versions.committed)) is not None
        }
        if rows:
            days = sorted(day for day in rows if day is not None and rows[day])
            tables[name] = {
                "days": len(days),
                "rows": sum(rows.values()),
                "from": days[0] if days else None,
                "to": days[-1] if days else None,
            }
    counted = ledger(lake, manifests(lake))
    sums = ("received", "stored", "duplicate", "quarantined", "erased")
    waiting = pending(versions)
    daily = {table for table in waiting if contracts()[table].partition == "day"}
    return {
        "snapshot": snapshot_info(settings),
        "tables": tables,
        "ledger": {"batches": counted.height} | {name: int(counted[name].sum()) for name in sums},
        "events": _events(settings, lake),
        "erasures": _erasures(settings),
        "pending_days": sorted({day for table in daily for day in waiting[table] if day}),
        "pending_tables": [table for table in waiting if table not in daily],
    }


def _erasures(settings: Settings) -> dict[str, int]:
    if not state_exists(settings):
        return {"pending": 0, "done": 0}
    with open_erasures(settings) as erasures:
        return erasures.counts()


def _events(settings: Settings, lake: Lake) -> dict[str, Any] | None:
    """How far the log of events and bronze have come; None where nobody sent any."""
    with existing_log(settings) as log:
        if log is None:
            return None
        return {"log": log.id, "requests": log.last(), "drained": drained(lake, log.id)}


def _rows(lake: Lake, table: str, partition: Partition, committed: set[str]) -> int | None:
    if contracts()[table].stage == "bronze":
        footers = [read_footer(path) for path in lake.batch_files(table, partition, committed)]
        counts = [footer.rows for footer in footers if footer is not None]
        return sum(counts) if counts else None
    footer = lake.footer(table, partition)
    return None if footer is None else footer.rows
