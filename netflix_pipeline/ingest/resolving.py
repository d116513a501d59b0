"""Compares new rows of a partition with those that the lake holds."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.duplicates import Resolved, resolve, resolve_updates
from netflix_pipeline.ingest.rules import payload
from netflix_pipeline.lake import Lake, Partition


def resolve_partition(
    lake: Lake,
    table: str,
    partition: Partition,
    new: pl.DataFrame,
    committed: set[str],
    *,
    seen_before: bool,
) -> Resolved:
    """What becomes of the new rows of a bronze partition, in order of arrival.

    `seen_before` says that the very same file arrived before. Only the keys of the stored rows are
    read where none of the new rows is among them.
    """
    name = contract(table).key[0]
    told = payload(table.removeprefix("bronze/"))
    if partition is None:
        stored = lake.read(table, None, [*told, "received_at", "batch", "line"], committed)
        existing = stored.sort("received_at", "batch", "line")
        return resolve_updates(new, existing, name, told, seen_before=seen_before)
    keys = lake.read(table, partition, [name], committed)
    existing = contract(table).empty().select(told)
    # Hashes first, the texts only where some agree: most new rows are new.
    if keys.height and keys[name].hash().is_in(new[name].hash().implode()).any():
        again = keys[name].is_in(new[name].implode())
        existing = lake.read(table, partition, told, committed).filter(again)
    return resolve(new, existing, name, told)


def reach(table: str, rows: pl.DataFrame) -> datetime | None:
    """The latest instant that the viewing of watch events extends to; None for other tables."""
    if table != "bronze/watch_events":
        return None
    seconds = pl.col("watch_seconds").fill_null(0)
    end = pl.col("event_time") + (seconds * 1_000_000).cast(pl.Int64).cast(pl.Duration("us"))
    latest: datetime | None = rows.select(end.max()).item()
    return latest
