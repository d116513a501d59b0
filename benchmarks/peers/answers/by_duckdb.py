"""Answers by DuckDB from Parquet: `python -m benchmarks.peers.answers.by_duckdb LAKE ASKED TOLD`.

As its guide to Parquet advises: views over the files with Hive partitioning, so that filters on
days and columns reach the files; what the files' footers say is kept.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.peers.answers.program import Question, Rows, run
from benchmarks.peers.answers.shapes import TABLES, ZONE, spelled

DIALECT = {
    "micros": "epoch_us(started_at)",
    "local_day": f"CAST(started_at AT TIME ZONE '{ZONE}' AS DATE)",
}


def opened(lake: Path) -> Callable[[Question], Rows]:
    """What answers questions of a lake."""
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true")
    for name, table in TABLES.items():
        files = lake / table / "**" / "*.parquet"
        connection.execute(
            f"CREATE VIEW {name} AS FROM read_parquet('{files}', hive_partitioning = true)"
        )
    return lambda question: connection.execute(spelled(question, DIALECT)).fetchall()


if __name__ == "__main__":
    run(opened)
