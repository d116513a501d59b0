"""Arrivals made by hand: a ledger and a quarantine for a lake."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline_tests.support.world import World, noon

WATCH = ("native-watch-events", "watch_events")
SEARCH = ("native-search-events", "search_events")
COUNTS = ("batches", "received", "stored", "duplicate", "quarantined", "erased", "in_plays")


def arrive(world: World, day: date, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write a day of the ledger: source, table, then the counts in the order of `COUNTS`."""
    columns = ("source", "table", *COUNTS)
    told = [
        dict(zip(columns, row, strict=True)) | {"promo": 0, "canary": 0, "field_left_out": 0}
        for row in rows
    ]
    schema = contract("gold/ledger_daily").schema
    world.put("gold/ledger_daily", day, pl.DataFrame(told, schema=schema))


def quarantine(world: World, day: date, rows: Sequence[dict[str, Any]]) -> None:
    """Write a day of quarantine; `line` and `reasons` are told of every row."""
    told = [
        {
            "table": "watch_events",
            "identity": None,
            "raw": f"row {row['line']}",
            "path": "events.csv",
            "source": "native-watch-events",
            "received_at": noon(day),
            "batch": f"{day}-1",
        }
        | row
        for row in rows
    ]
    frame = pl.DataFrame(told, schema=contract("bronze/quarantine").schema)
    named = frame.with_columns(quarantine_id=pl.concat_str("batch", "line", separator=":"))
    world.put("silver/quarantine", day, named)


def came(world: World, day: date, rows: Mapping[int, int], bulk: int = 0) -> None:
    """Write when watch events of a day came: how many within so many hours after it.

    So many of a bulk load came eight days after it.
    """
    told = [(hours, count, 0, noon(day, 24 + hours)) for hours, count in rows.items()]
    if bulk:
        told.append((192, bulk, bulk, noon(day, 24 + 192)))
    schema = contract("gold/arrival_daily").schema
    world.put("gold/arrival_daily", day, pl.DataFrame(told, schema=schema, orient="row"))
