"""The daily tables that are made from the same day of one other."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import WHOLE, Share
from netflix_pipeline.materialize.build_graph import TABLES
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.shards import Parts, made_of_shares
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import (
    ComputedPartition,
    Failed,
    Job,
    Outcome,
    attempt,
)
from netflix_pipeline.transforms.sums import Sums

Whole = Callable[[str], pl.DataFrame]
"""Gives a table that is stored whole."""


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

    def add_up(day: date, table: str, parts: Parts) -> ComputedPartition:
        since = time.perf_counter()
        frame = parts.added(whole)
        inputs = inputs_of_day(versions, table, day)
        taken = parts.seconds + time.perf_counter() - since
        return ComputedPartition(table, day, frame, inputs, taken)

    def make_all(day: date) -> list[Outcome]:
        asked = [table for table in tables if day in days_of[table]]
        shares = versions.shares(source, [day])
        parts = {table: Parts(versions.lake, table, shares) for table in asked}
        failed: dict[str, Failed] = {}
        for made in (
            parts_of_share(versions, asked, [day], WHOLE, whole)
            if len(shares) == 1
            else made_of_shares(versions, parts_of_share, asked, [day], shares)
        ):
            if isinstance(made, Failed):
                ended: Failed | None = made
            else:
                ended = attempt(made.table, day, partial(parts[made.table].add, made))
            if ended is not None:
                failed.setdefault(made.table, ended)
        return [
            failed[table]
            if table in failed
            else attempt(table, day, partial(add_up, day, table, parts[table]))
            for table in asked
        ]

    for day in days:
        yield partial(make_all, day)


def parts_of_share(
    versions: Versions,
    tables: Sequence[str],
    days: Sequence[date],
    share: Share,
    whole: Whole | None = None,
) -> Iterator[Outcome]:
    """What the rows of a share give to tables of one source; `whole` saves reading others again.

    Of users those of the share; what sums are finished with tells of no users.
    """
    source = TABLES[tables[0]].inputs[0]

    def beside(dimension: str) -> pl.DataFrame:
        if share != WHOLE and "user_id" in contract(dimension).names:
            return versions.lake.read(dimension, share=share)
        return (whole or versions.lake.read)(dimension)

    def make(table: str, day: date, rows: pl.DataFrame) -> ComputedPartition:
        since = time.perf_counter()
        spec = TABLES[table]
        assert not isinstance(spec.make, str)
        of_rows = spec.make.of if isinstance(spec.make, Sums) else spec.make
        part = of_rows(rows, *map(beside, spec.inputs[1:]))
        return ComputedPartition(table, day, part, {}, time.perf_counter() - since)

    for day in days:
        rows = attempt(source, day, partial(versions.rows, source, day, share=share))
        for table in tables:
            if isinstance(rows, Failed):
                yield replace(rows, table=table)
            else:
                yield attempt(table, day, partial(make, table, day, rows))
