"""The daily tables that are made from the same day of one other.

Neighbouring days with few rows are made in one pass (`transforms/several_days`), as if each were
made alone.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from itertools import chain

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
    ends_partition,
)
from netflix_pipeline.transforms.several_days import apart
from netflix_pipeline.transforms.sums import Sums

DAYS_AT_ONCE, ROWS_AT_ONCE = 128, 20_000
"""Days that are made in one pass at most, and rows that they may have."""

Whole = Callable[[str], pl.DataFrame]
"""Gives a table that is stored whole."""


def same_day_jobs(versions: Versions, days_of: Mapping[str, set[date]]) -> Iterator[Job]:
    """Jobs that read some days once, share by share, and make of them all the asked tables.

    The tables have one source in common; `days_of` says their days.
    """
    tables = list(days_of)
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

    def make_day(asked: Sequence[str], day: date) -> list[Outcome]:
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

    def make_days(asked: Sequence[str], days: Sequence[date]) -> list[Outcome]:
        if len(days) > 1:
            try:
                return list(_in_one_pass(versions, asked, days, whole))
            except BaseException as error:
                if not ends_partition(error):
                    raise
        # Also where some of them cannot be made: then the others are.
        return [outcome for day in days for outcome in make_day(asked, day)]

    for asked, days in _passes(versions, source, days_of):
        yield partial(make_days, asked, days)


def _passes(
    versions: Versions, source: str, days_of: Mapping[str, set[date]]
) -> Iterator[tuple[Sequence[str], Sequence[date]]]:
    """The asked tables and days in order, those together that are made in one pass."""
    most = ROWS_AT_ONCE
    if versions.sharding.most > 1:
        most = min(most, versions.sharding.rows)  # what has more is cut into shares
    held: list[date] = []
    of_held: list[str] = []
    rows = 0
    for day in sorted(set().union(*days_of.values())):
        asked = [table for table in days_of if day in days_of[table]]
        height = versions.height(source, day)
        if held and (rows + height > most or len(held) == DAYS_AT_ONCE or asked != of_held):
            yield of_held, held
            held, rows = [], 0
        held.append(day)
        of_held = asked
        rows += height
    if held:
        yield of_held, held


def _in_one_pass(
    versions: Versions, tables: Sequence[str], days: Sequence[date], whole: Whole
) -> Iterator[ComputedPartition]:
    since = time.perf_counter()
    rows = versions.rows_of_days(TABLES[tables[0]].inputs[0], days, _columns(tables))
    for table in tables:
        spec = TABLES[table]
        assert not isinstance(spec.make, str)
        made = spec.make(rows, *map(whole, spec.inputs[1:]))
        taken = (time.perf_counter() - since) / len(days)
        for day, of_day in apart(made, days):
            inputs = inputs_of_day(versions, table, day)
            yield ComputedPartition(table, day, of_day, inputs, taken)
        since = time.perf_counter()


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
    columns = _columns(tables)

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
        rows = attempt(source, day, partial(versions.rows, source, day, columns, share))
        for table in tables:
            if isinstance(rows, Failed):
                yield replace(rows, table=table)
            else:
                yield attempt(table, day, partial(make, table, day, rows))


def _columns(tables: Sequence[str]) -> Sequence[str] | None:
    """What is read of the source of some tables; None: all of it."""
    used = [TABLES[table].columns for table in tables]
    return list(dict.fromkeys(chain.from_iterable(used))) if all(used) else None
