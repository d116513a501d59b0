"""Answers by chdb from Parquet: `python -m benchmarks.peers.answers.by_chdb LAKE ASKED TOLD`.

As ClickHouse's documentation of `file` advises: views over the files with Hive partitioning, so
that filters on days and columns reach the files.
"""

import json
from collections.abc import Callable
from pathlib import Path

from chdb.session import Session

from benchmarks.peers.answers.program import Question, Rows, run
from benchmarks.peers.answers.shapes import TABLES, ZONE, spelled

SETTINGS = """
SET use_hive_partitioning = 1, group_by_use_nulls = 1, output_format_json_quote_64bit_integers = 0
"""
DIALECT = {
    "micros": "toUnixTimestamp64Micro(started_at)",
    "local_day": f"toDate(started_at, '{ZONE}')",
}


def opened(lake: Path) -> Callable[[Question], Rows]:
    """What answers questions of a lake."""
    session = Session()
    session.query(SETTINGS)
    session.query("CREATE DATABASE IF NOT EXISTS peers")
    session.query("USE peers")
    for name, table in TABLES.items():
        files = lake / table / "**" / "*.parquet"
        session.query(f"CREATE VIEW {name} AS SELECT * FROM file('{files}', 'Parquet')")

    def answer(question: Question) -> Rows:
        told = str(session.query(spelled(question, DIALECT), "JSONCompactEachRow"))
        return [json.loads(line) for line in told.splitlines()]

    return answer


if __name__ == "__main__":
    run(opened)
