"""The four tables in SQL by chdb, ClickHouse in the process.

`python -m benchmarks.peers.by_chdb RAW TARGET RECEIVED TABLE…`, as ClickHouse's documentation
advises: the `file` function reads CSV with the types told and leaves out lines that cannot be read,
steps are kept in tables of the engine Memory, and Parquet is written partitioned by day.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from string import Template

from chdb.session import Session

from benchmarks.peers.steps import needed, steps

SETTINGS = """
SET join_use_nulls = 1, input_format_allow_errors_ratio = 1, input_format_csv_empty_as_default = 1,
    parallelize_output_from_storages = 0, max_insert_threads = 1,
    max_partitions_per_insert_block = 0,
    output_format_parquet_compression_method = 'zstd'
"""
"""Rows are numbered as they are in the file where one thread takes them out of it."""


def run(raw: Path, target: Path, received: str, tables: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    told = steps("chdb")
    with Session() as session:
        session.query(SETTINGS)
        session.query("CREATE DATABASE IF NOT EXISTS peers")
        session.query("USE peers")
        for step in needed(told, tables):
            made = Template(told[step]).substitute(raw=raw, received=received)
            for statement in filter(str.strip, made.split(";\n")):
                session.query(statement)
        for table in tables:
            days = session.query(f"SELECT DISTINCT event_date FROM {table}", "TSV")
            for day in str(days).split():
                (target / table / f"event_date={day}").mkdir(parents=True)
            to = target / table / "event_date={_partition_id}" / "part.parquet"
            session.query(
                f"INSERT INTO FUNCTION file('{to}', 'Parquet') PARTITION BY toString(event_date) "
                f"SELECT * FROM {table}"
            )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
