"""What Dagster keeps of many runs, with the purge between them: rows and bytes.

A run builds a small day, all in one process. After each, what is older than the newest runs is
purged, as `purge_run_history` does every night.
"""

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.storage.event_log import SqlEventLogStorage, SqlEventLogStorageTable
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetEventTagsTable
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from sqlalchemy import Connection, Table, func, select, text

from benchmarks.foundation import END
from benchmarks.measured import size
from benchmarks.orchestration.homes import environment, told, watched
from benchmarks.tables import head, row
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.run_history import purge
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.postgres_server import postgres_server

OF_THE_DAY = {
    ASSET_PARTITION_RANGE_START_TAG: END.isoformat(),
    ASSET_PARTITION_RANGE_END_TAG: END.isoformat(),
}
EVENTS = 20
TOLD_AFTER = (0.1, 0.5, 1.0)
"""Parts of the runs after which it is told what is kept."""
GROWTH = "≤ 1"

Kept = Mapping[str, int]
"""Rows and bytes that are kept, after so many `runs`."""


def of_many_runs(home: Path, runs: int, kept: int) -> None:
    """Print what files and PostgreSQL hold after a part of the runs, and after all."""
    watched(home, [END], EVENTS)
    words = (sys.executable, "-m", __spec__.name, "--runs", str(runs), "--kept", str(kept))
    head("kept of runs", "rows", "MB", "rows more, %", "goal of rows more, %", "MB more, %")
    _tell("files", told(words, environment(home)))
    with postgres_server() as server:
        _tell("PostgreSQL", told(words, environment(home, dagster_database=server.url)))


def _tell(where: str, printed: bytes) -> None:
    row(f"**{where}**", "", "", "", "", "")
    before: Kept | None = None
    for line in printed.splitlines():
        after: Kept = json.loads(line)
        more = ("", "", "")
        if before is not None:
            rows, megabytes = (f"{_more(before, after, of):+.1f}" for of in ("rows", "bytes"))
            more = (rows, GROWTH, megabytes)
        before = before or after
        megabytes = f"{after['bytes'] / 1e6:.1f}"
        row(f"after {after['runs']:,} runs", f"{after['rows']:,}", megabytes, *more)


def _more(before: Kept, after: Kept, of: str) -> float:
    return 100 * (after[of] / before[of] - 1)


def main() -> None:
    """Run and purge; print as JSON what is kept, a line each time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--kept", type=int, required=True)
    asked = parser.parse_args()
    settings = Settings()
    after = {round(asked.runs * part) for part in TOLD_AFTER}
    with open_instance(settings) as instance:
        for number in _nights(settings, instance, asked.runs, asked.kept):
            if number in after:
                kept = {
                    "runs": number,
                    "rows": _rows(instance),
                    "bytes": _bytes(settings, instance),
                }
                print(json.dumps(kept), flush=True)


def _nights(
    settings: Settings, instance: dg.DagsterInstance, runs: int, kept: int
) -> Iterator[int]:
    """Runs that build the day, each followed by a purge of all but the newest."""
    job = definitions(settings).resolve_job_def(MATERIALIZE)
    asked = {
        **config(only_pending=False),
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    began: deque[datetime] = deque(maxlen=kept)
    for number in range(1, runs + 1):
        began.append(datetime.now(UTC))
        run = instance.create_run_for_job(job, run_config=asked, tags=OF_THE_DAY)
        execute_run(InMemoryJob(job), run, instance, raise_on_error=True)
        if number >= kept:
            purge(instance, began[0])
        yield number


def _rows(instance: dg.DagsterInstance) -> int:
    """Rows of runs, events, checks and their tags in what all runs share."""
    log, runs = instance.event_log_storage, instance.run_storage
    assert isinstance(log, SqlEventLogStorage)
    assert isinstance(runs, SqlRunStorage)
    counted = 0
    with log.index_connection() as index:
        for table in (SqlEventLogStorageTable, AssetCheckExecutionsTable, AssetEventTagsTable):
            counted += _count(index, table)
    with runs.connect() as connection:
        for table in (RunsTable, RunTagsTable):
            counted += _count(connection, table)
    return counted


def _count(connection: Connection, table: Table) -> int:
    counted = connection.execute(select(func.count()).select_from(table))
    return int(counted.scalar_one())


def _bytes(settings: Settings, instance: dg.DagsterInstance) -> int:
    """What files or the database take on the disk."""
    if not settings.dagster_database:
        return size(settings.dagster)
    runs = instance.run_storage
    assert isinstance(runs, SqlRunStorage)
    with runs.connect() as connection:
        whole = connection.execute(text("SELECT pg_database_size(current_database())"))
        return int(whole.scalar_one())


if __name__ == "__main__":
    main()
