"""The daily tables that are made from the same day of one other."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import WHOLE, Share
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.shards import Parts
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import (
    ComputedPartition,
    Failed,
    Job,
    Outcome,
    attempt,
)


def same_day_jobs(versions: Versions, days_of: Mapping[str, set[date]]) -> Iterator[Job]:
    """A job a day, which reads it once, share by share, and makes of it all the asked tables.

    The tables have one source in common; `days_of` says their days.
    """
    tables = list(days_of)
    days = sorted(set().union(*days_of.values()))
    if not days:
        return
    source = TABLES[tables[0]].inputs[0]

    @cache
    def whole(dimension: str) -> pl.DataFrame:
        return versions.lake.read(dimension)

    def beside(dimension: str, share: Share) -> pl.DataFrame:
        if share == WHOLE or "user_id" not in contract(dimension).names:
            return whole(dimension)
        return versions.lake.read(dimension, share=share)

    def take(table: str, parts: Parts, rows: pl.DataFrame, share: Share) -> None:
        parts.take(rows, *(beside(name, share) for name in TABLES[table].inputs[1:]))

    def take_share(day: date, share: Share, so_far: dict[str, Parts | Failed]) -> None:
        rows = attempt(source, day, partial(versions.rows, source, day, share=share))
        for table, parts in so_far.items():
            if isinstance(parts, Failed):
                continue
            if isinstance(rows, Failed):
                so_far[table] = replace(rows, table=table)
            elif failed := attempt(table, day, partial(take, table, parts, rows, share)):
                so_far[table] = failed

    def add_up(day: date, table: str, parts: Parts) -> ComputedPartition:
        since = time.perf_counter()
        frame = parts.added()
        inputs = inputs_of_day(versions, table, day)
        taken = parts.seconds + time.perf_counter() - since
        return ComputedPartition(table, day, frame, inputs, taken)

    def make_all(day: date) -> list[Outcome]:
        shares = versions.shares(source, [day])
        so_far: dict[str, Parts | Failed] = {
            table: Parts(versions.lake, table, shares) for table in tables if day in days_of[table]
        }
        for share in shares:
            take_share(day, share, so_far)
        return [
            parts
            if isinstance(parts, Failed)
            else attempt(table, day, partial(add_up, day, table, parts))
            for table, parts in so_far.items()
        ]

    for day in days:
        yield partial(make_all, day)
