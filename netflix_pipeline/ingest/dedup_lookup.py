"""Compares new rows of a partition with those that the lake holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.bookmark_backfill import known_by, with_stored_ids
from netflix_pipeline.ingest.deduplicate import Resolved, resolve, resolve_updates
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake, Partition

IDENTITY = "_identity"
SMALL = 16_384
"""Bytes of a file of some hundred rows."""
KEPT = 100_000
"""Small files whose hashes are kept, a kilobyte or two each."""


def resolve_rows(
    lake: Lake, table: str, days: Sequence[Partition], new: pl.DataFrame, committed: set[str]
) -> Resolved:
    """What becomes of the new rows of a bronze table, in order of arrival.

    Those of some days, which their column `event_date` tells; of a table without days, where these
    are None alone. Several days are the same as day by day, at a fraction of the cost where they
    have few rows. Only the keys of the stored rows are read where none of the new ones is among
    them.
    """
    key = contract(table).key[0]
    columns = payload(table.removeprefix("bronze/"))
    if None in days:
        stored = lake.read(table, None, [*columns, "received_at", "batch", "line"], committed)
        return resolve_updates(new, stored.sort("received_at", "batch", "line"), key, columns)
    known = known_by(new, key)
    parts = [
        rows.select(pl.lit(day, pl.Date).alias("event_date"), *columns)
        for day in days
        if (rows := _known(lake, table, day, known, committed)).height
    ]
    existing = pl.concat([new.clear().select("event_date", *columns), *parts])
    new, became = with_stored_ids(new, existing, key, columns)
    if len(days) > 1:
        identity = pl.concat_str("event_date", key, separator=" ").alias(IDENTITY)
        new, existing = new.with_columns(identity), existing.with_columns(identity)
        key, columns = IDENTITY, [IDENTITY, *columns]
    return replace(resolve(new, existing, key, columns), became=became)


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
    hashed: Callable[..., pl.Series] = _hashed
    if stat.st_size > SMALL:
        hashed = _hashed.__wrapped__
    return hashed(table, file, column, stat.st_size, stat.st_mtime_ns)


@lru_cache(KEPT)
def _hashed(table: str, file: Path, column: str, _size: int, _modified: int) -> pl.Series:
    return Lake.read_file(table, file, [column])[column].hash()


def reach(table: str, rows: pl.DataFrame) -> datetime | None:
    """The latest instant that the viewing of watch events extends to; None for other tables."""
    if table != "bronze/watch_events":
        return None
    seconds = pl.col("watch_seconds").fill_null(0)
    end = pl.col("event_time") + (seconds * 1_000_000).cast(pl.Int64).cast(pl.Duration("us"))
    latest: datetime | None = rows.select(end.max()).item()
    return latest
