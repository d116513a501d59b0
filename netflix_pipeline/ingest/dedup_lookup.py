"""Compares new rows of a partition with those that the lake holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.bookmark_backfill import known_by, under_stored_ids
from netflix_pipeline.ingest.deduplicate import Resolved, resolve, resolve_updates
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake, Partition

IDENTITY = "_identity"
SMALL = 16_384
"""Bytes of a file of some hundred rows."""
KEPT = 100_000
"""Small files whose hashes are kept, a kilobyte or two each."""


def resolve_partition(
    lake: Lake,
    table: str,
    partition: Partition,
    new: pl.DataFrame,
    committed: set[str],
) -> Resolved:
    """What becomes of the new rows of a bronze partition, in order of arrival.

    Only the keys of the stored rows are read where none of the new rows is among them.
    """
    name = contract(table).key[0]
    columns = payload(table.removeprefix("bronze/"))
    if partition is None:
        stored = lake.read(table, None, [*columns, "received_at", "batch", "line"], committed)
        existing = stored.sort("received_at", "batch", "line")
        return resolve_updates(new, existing, name, columns)
    existing = _known(lake, table, partition, known_by(new, name), committed)
    day = pl.lit(partition, pl.Date).alias("event_date")
    dated = new.with_columns(day), existing.with_columns(day)
    renamed, became = under_stored_ids(*dated, name, columns)
    return replace(resolve(renamed.select(new.columns), existing, name, columns), became=became)


def resolve_days(lake: Lake, table: str, new: pl.DataFrame, committed: set[str]) -> Resolved:
    """What becomes of the new rows of several days, which their column `event_date` tells.

    The same as day by day, at a fraction of the cost where days have few rows.
    """
    key = contract(table).key[0]
    columns = payload(table.removeprefix("bronze/"))
    identity = pl.concat_str("event_date", key, separator=" ").alias(IDENTITY)
    known = known_by(new, key)
    parts = [
        _known(lake, table, day, known, committed).select(pl.lit(day).alias("event_date"), *columns)
        for day in new["event_date"].unique()
        if lake.batch_files(table, day, committed)
    ]
    existing = pl.concat([new.clear().select("event_date", *columns), *parts])
    new, became = under_stored_ids(new, existing, key, columns)
    resolved = resolve(
        new.with_columns(identity), existing.with_columns(identity), IDENTITY, [IDENTITY, *columns]
    )
    return replace(resolved, became=became)


def _known(
    lake: Lake, table: str, day: Partition, new: pl.Series, committed: set[str]
) -> pl.DataFrame:
    """The payload of the stored rows of a day whose key is among the new ones."""
    columns = payload(table.removeprefix("bronze/"))
    hashes = [_hashes(table, file, new.name) for file in lake.batch_files(table, day, committed)]
    # Hashes first, the texts only where some agree: most new rows are new.
    if hashes and pl.concat(hashes).is_in(new.hash().implode()).any():
        rows = lake.read(table, day, columns, committed)
        return rows.filter(pl.col(new.name).is_in(new.implode()))
    return contract(table).empty().select(columns)


def _hashes(table: str, file: Path, column: str) -> pl.Series:
    """The hashes of a column of a bronze file. Those of small files are kept: they may be many."""
    stat = file.stat()
    if stat.st_size > SMALL:
        return _hashed(table, file, column)
    return _kept(table, file, column, stat.st_size, stat.st_mtime_ns)


def _hashed(table: str, file: Path, column: str) -> pl.Series:
    return Lake.read_file(table, file, [column])[column].hash()


@lru_cache(KEPT)
def _kept(table: str, file: Path, column: str, _size: int, _modified: int) -> pl.Series:
    return _hashed(table, file, column)


def reach(table: str, rows: pl.DataFrame) -> datetime | None:
    """The latest instant that the viewing of watch events extends to; None for other tables."""
    if table != "bronze/watch_events":
        return None
    seconds = pl.col("watch_seconds").fill_null(0)
    end = pl.col("event_time") + (seconds * 1_000_000).cast(pl.Int64).cast(pl.Duration("us"))
    latest: datetime | None = rows.select(end.max()).item()
    return latest
