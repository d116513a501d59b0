"""The reference's rows as the frames that the transforms take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from netflix_pipeline.contracts import contract

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.rows import Row


def frame(table: str, rows: list[Row]) -> pl.DataFrame:
    """The rows as a frame with the table's columns, in their order."""
    told = contract(table)
    return pl.DataFrame(
        [[_value(row, name) for name in told.names] for row in rows],
        schema=told.schema,
        orient="row",
    )


def _value(row: Row, name: str) -> Any:
    return _pairs(row[name]) if name == "running" else row.get(name)


def _pairs(minutes: list[int]) -> list[int]:
    """Minutes in order as pairs: the first and one past the last of each unbroken stretch."""
    pairs: list[int] = []
    for minute in minutes:
        if pairs and pairs[-1] == minute:
            pairs[-1] += 1
        else:
            pairs += [minute, minute + 1]
    return pairs
