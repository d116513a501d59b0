"""What a home holds, in one object."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import polars as pl

from netflix_pipeline.contracts import PROCESSING_FAILED, ROW_COUNTS, contracts
from netflix_pipeline.errors import DamagedFile, PipelineError, noted
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import drained, ledger, manifests
from netflix_pipeline.lake import DamagedTable, Lake, Partition, read_footer
from netflix_pipeline.materialize import Versions, pending
from netflix_pipeline.monitoring.backup_report import BackupTarget, told_backups
from netflix_pipeline.serving import snapshot_info, snapshot_problem
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Erasures, looked_up

NO_ERASURES = {"pending": 0, "done": 0}


def home_status(settings: Settings) -> dict[str, Any]:
    """Snapshot (None before the first), tables, ledger sums and the days that wait.

    Tables that hold nothing are left out. `problems` are sentences on what is damaged, does not
    belong where it lies, or could not be built, each with the path and what to do. `pending_days`
    are the days of daily tables, and `pending_tables` the other tables, whose inputs or code
    changed since they were built; `events` how many requests came in over HTTP, and how many of
    them are in bronze; `erasures` of how many persons it is pending and done;
    `set_aside` how many rows wait because code failed at them; `backup` what `backup_status` tells.
    """
    lake = Lake.of(settings)
    told = lake_status(Versions(lake))
    problems: list[str] = told["problems"]
    if (unread := snapshot_problem(settings)) is not None:
        problems.append(unread)
    events: dict[str, Any] | None = None
    erasures = NO_ERASURES
    with noted(problems, PipelineError, OSError):
        events = _events(settings, lake)
    with noted(problems, PipelineError, OSError):
        erasures = looked_up(
            settings, lambda engine: Erasures(engine, settings).counts(), NO_ERASURES
        )
    return told | {
        "snapshot": snapshot_info(settings),
        "events": events,
        "erasures": erasures,
        "backup": backup_status(settings),
        "problems": list(dict.fromkeys(problems)),
    }


def backup_status(settings: Settings) -> dict[str, Any] | None:
    """The newest backup that is whole, and what went wrong; None where there never was one.

    `target` is where it lies. `name`, `made_at` and `verified_at` are None before the first.
    """
    known = told_backups(settings).targets
    if not known and not settings.backup:
        return None
    nothing = settings.backup, BackupTarget()
    target, newest = max(known.items(), key=lambda each: each[1].made, default=nothing)
    return {
        "target": target,
        "name": newest.name or None,
        "made_at": datetime.fromtimestamp(newest.made, UTC) if newest.made else None,
        "verified_at": datetime.fromtimestamp(newest.verified, UTC) if newest.verified else None,
        "problems": [
            *(f"{place}: {of.problem}" for place, of in known.items() if of.failed),
            *(
                f"{place}: its backups do not know who was erased since: netflix-pipeline backup "
                f"{place} tells them"
                for place, of in known.items()
                if of.untold
            ),
        ],
    }


def lake_status(versions: Versions) -> dict[str, Any]:
    """What `home_status` tells of the lake, of which only its files are asked."""
    lake = versions.lake
    tables = {}
    problems: list[str] = []
    for name, table_contract in contracts().items():
        problems += (
            f"{path} is no partition of {name} and is not read: move it away."
            for path in lake.strays(name)
        )
        partitions = lake.every_partition(name)
        rows = {
            partition: count
            for partition in partitions
            if (count := _rows(lake, name, partition, versions.committed, problems)) is not None
        }
        if table_contract.stage != "bronze":
            problems += _marks(lake, name, partitions)
        if rows:
            days = sorted(day for day in rows if day is not None and rows[day])
            tables[name] = {
                "days": len(days),
                "rows": sum(rows.values()),
                "from": days[0] if days else None,
                "to": days[-1] if days else None,
            }
    counted, torn = readable_ledger(lake)
    problems += torn
    waiting = pending(versions)
    daily = {table for table in waiting if contracts()[table].partition == "day"}
    return {
        "tables": tables,
        "ledger": {"batches": counted.height}
        | {name: int(counted[name].sum()) for name in ROW_COUNTS},
        "set_aside": _set_aside(lake, versions.committed),
        "problems": problems,
        "pending_days": sorted({day for table in daily for day in waiting[table] if day}),
        "pending_tables": [table for table in waiting if table not in daily],
    }


def _set_aside(lake: Lake, committed: set[str]) -> int:
    """How many rows wait in quarantine because code failed at them, in files that are whole."""
    rows = 0
    for day in lake.partitions("bronze/quarantine"):
        with suppress(DamagedFile):
            reasons = lake.read("bronze/quarantine", day, ["reasons"], committed)["reasons"]
            rows += int(reasons.list.contains(PROCESSING_FAILED).sum())
    return rows


def _events(settings: Settings, lake: Lake) -> dict[str, Any] | None:
    """How far the log of events and bronze have come; None where nobody sent any."""
    with existing_log(settings) as log:
        if log is None:
            return None
        return {"log": log.id, "requests": log.last(), "drained": drained(lake, log.id)}


def _rows(
    lake: Lake, table: str, partition: Partition, committed: set[str], problems: list[str]
) -> int | None:
    """How many rows a partition has; files that do not tell it are told among the problems."""
    files = (
        lake.batch_files(table, partition, committed)
        if contracts()[table].stage == "bronze"
        else [lake.path(table, partition)]
    )
    counts = []
    for path in files:
        footer = read_footer(path)
        if footer is not None:
            counts.append(footer.rows)
        elif path.exists() or path.is_symlink():
            problems.append(str(DamagedTable(path, "its footer is torn, or not of this platform")))
    return sum(counts) if counts else None


def _marks(lake: Lake, table: str, partitions: Sequence[Partition]) -> Iterator[str]:
    """Why partitions of a table are marked as no longer right, each reason once."""
    reasons: dict[str, list[Partition]] = {}
    for partition in partitions:
        if (reason := lake.stale_reason(table, partition)) is not None:
            reasons.setdefault(reason, []).append(partition)
    for reason, of in reasons.items():
        more = f" and {len(of) - 1} more" if len(of) > 1 else ""
        yield f"{table} {of[0] or ''}".rstrip() + f"{more}: {reason}"


def readable_ledger(lake: Lake) -> tuple[pl.DataFrame, list[str]]:
    """The ledger of the batches that can be read, and what is said of the others."""
    damaged: list[DamagedFile] = []
    batches = list(manifests(lake, damaged=damaged.append))
    try:
        counted = ledger(lake, batches)
    except DamagedFile:
        rows = [ledger(lake, ())]
        for batch in batches:
            try:
                rows.append(ledger(lake, [batch]))
            except DamagedFile as error:
                damaged.append(error)
        counted = pl.concat(rows)
    return counted, list(map(str, damaged))
