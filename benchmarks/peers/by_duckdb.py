"""The tables in SQL by DuckDB: `python -m benchmarks.peers.by_duckdb RAW TARGET RECEIVED TABLE…`.

As its guides advise: files are read once, with their types told, into tables of the engine's own
(what cannot be read goes to its rejects tables); each step is one statement over whole columns; and
results are written by COPY, partitioned by day. RECEIVED is the moment at which the files came.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.peers.steps import needed, steps

STEPS = steps("duckdb")


def run(raw: Path, target: Path, received: str, tables: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    with duckdb.connect() as connection:
        connection.execute(f"SET VARIABLE raw = '{raw}'")
        connection.execute(f"SET VARIABLE received = TIMESTAMP '{received}'")
        for step in needed(STEPS, tables):
            connection.execute(STEPS[step])
        for table in tables:
            folder = target / table
            folder.mkdir(parents=True)
            columns = [name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
            to, how = folder / "part.parquet", ""
            if "event_date" in columns:
                to, how = folder, ", PARTITION_BY (event_date), OVERWRITE_OR_IGNORE"
            connection.execute(f"COPY {table} TO '{to}' (FORMAT parquet, COMPRESSION zstd{how})")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
