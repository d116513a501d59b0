"""The daily tables that are made from the same day of one other."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial

import polars as pl

from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import (
    ComputedPartition,
    Failed,
    Job,
    Outcome,
    attempt,
)


def same_day_jobs(versions: Versions, days_of: Mapping[str, set[date]]) -> Iterator[Job]:
    """A job a day, which reads it once and makes of it all the asked tables.

    The tables have one source in common; `days_of` says their days.
    """
    tables = list(days_of)
    days = sorted(set().union(*days_of.values()))
    if not days:
        return
    source = TABLES[tables[0]].inputs[0]
    dimensions = {name for table in tables for name in TABLES[table].inputs[1:]}

    @cache
    def whole() -> dict[str, pl.DataFrame]:
        return {dimension: versions.lake.read(dimension) for dimension in dimensions}

    def make(day: date, rows: pl.DataFrame, table: str) -> ComputedPartition:
        since = time.perf_counter()
        spec = TABLES[table]
        assert not isinstance(spec.make, str)
        frame = spec.make(rows, *(whole()[name] for name in spec.inputs[1:]))
        inputs = inputs_of_day(versions, table, day)
        return ComputedPartition(table, day, frame, inputs, time.perf_counter() - since)

    def make_all(day: date) -> list[Outcome]:
        wanted = [table for table in tables if day in days_of[table]]
        rows = attempt(source, day, partial(versions.rows, source, day))
        if isinstance(rows, Failed):
            return [replace(rows, table=table) for table in wanted]
        return [attempt(table, day, partial(make, day, rows, table)) for table in wanted]

    for day in days:
        yield partial(make_all, day)
