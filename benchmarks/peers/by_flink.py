"""The four tables in Flink SQL: `python -m benchmarks.peers.by_flink RAW TARGET RECEIVED TABLE…`.

In its own process, in batch mode with two slots, as its documentation of Table API and of the
filesystem connector advises: tables over files, one statement set for all results, rows that are
passed on without a copy, and hints which tables are small. Without these it joins plays and users
by a loop over all pairs: of a file it does not know how many rows there are behind a filter.
Its wheel brings no Parquet: results are CSV, partitioned by day, times as whole microseconds. Its
CSV knows neither heads nor the numbers of lines, by which the first of several equal events is
told: they are written before the lines, which counts.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from string import Template

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

from benchmarks.peers.described import newest
from benchmarks.peers.steps import needed, steps

EVENTS = (
    "line BIGINT, event_id STRING, user_id STRING, title_id STRING, told STRING, "
    "time_precision STRING, action STRING, watch_seconds DOUBLE, progress DOUBLE, "
    "playback_id STRING, kind STRING, device STRING, quality STRING, country STRING, "
    "is_download STRING, rating STRING"
)
NEWEST = {
    "users": "user_id STRING, country STRING, plan STRING",
    "titles": (
        "title_id STRING, content_type STRING, genre STRING, runtime_minutes DOUBLE, seasons INT, "
        "episodes INT, series_id STRING, season INT, episode INT"
    ),
}
CSV = """
    WITH (
        'connector' = 'filesystem', 'path' = 'file://{path}', 'format' = 'csv',
        'csv.null-literal' = '', 'csv.ignore-parse-errors' = 'true'
    )
"""
SETTINGS = {
    "parallelism.default": "2",
    "taskmanager.numberOfTaskSlots": "2",
    "execution.batch.adaptive.auto-parallelism.enabled": "false",
    "pipeline.object-reuse": "true",
    "table.local-time-zone": "UTC",
    "taskmanager.memory.managed.size": "2g",
    "taskmanager.memory.network.min": "256m",
    "taskmanager.memory.network.max": "256m",
}


def run(raw: Path, target: Path, received: str, tables: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    told = steps("flink")
    latest = datetime.fromisoformat(received) + timedelta(hours=1)
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112 - no Beam
    settings = Configuration()
    for name, value in SETTINGS.items():
        settings.set_string(name, value)
    builder = EnvironmentSettings.new_instance().in_batch_mode()
    flink = TableEnvironment.create(builder.with_configuration(settings).build())
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "watch_events.csv")
        number(raw / "watch_events.csv", lines)
        source(flink, "raw_watch_events", EVENTS, lines)
        for name, columns in NEWEST.items():
            rows = Path(folder, f"{name}.csv")
            describe(raw / f"{name}.csv", rows, [each.split()[0] for each in columns.split(", ")])
            source(flink, f"newest_{name}", columns, rows)
        until = f"{latest:%Y-%m-%dT%H:%M:%S.%f}"[:23] + "Z"
        for step in needed(told, tables):
            query = flink.sql_query(Template(told[step]).substitute(latest=until))
            flink.create_temporary_view(step, query)
        together = flink.create_statement_set()
        for table in tables:
            described = flink.execute_sql(f"DESCRIBE {table}").collect()
            columns = ", ".join(f"`{name}` {kind}" for name, kind, *_ in described)
            flink.execute_sql(
                f"CREATE TEMPORARY TABLE made_{table} ({columns}) PARTITIONED BY (event_date)"
                + CSV.format(path=target / table)
            )
            together.add_insert_sql(f"INSERT INTO made_{table} SELECT * FROM {table}")
        together.execute().wait()


def number(path: Path, to: Path) -> None:
    """Write the lines of a file but for its head, each with its number before it."""
    with path.open("rb") as lines, to.open("wb") as numbered:
        next(lines)
        numbered.writelines(b"%d,%b" % told for told in enumerate(lines))


def describe(path: Path, to: Path, columns: Sequence[str]) -> None:
    """Write some columns of the newest row of each key."""
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writerows(newest(path))


def source(flink: TableEnvironment, name: str, columns: str, path: Path) -> None:
    """A table over a file."""
    flink.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns})" + CSV.format(path=path))


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
