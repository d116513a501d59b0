"""Sums of gold tables by day, and by day and one dimension, in memory: numbers of a period.

A period at a glance is made of a few dozen rows of three tables. To plan a query of each takes many
times as long as to add them up, so the rows are read once for a snapshot, when they are first asked
for. The expressions are the metric layer's: Polars reads their SQL, too.
"""

# Written into SQL are names out of contracts only; values are bound.
# ruff: noqa: S608

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from math import prod
from typing import Self

import polars as pl

from netflix_pipeline.contracts import Contract, contract
from netflix_pipeline.contracts.dimensions import WEEKDAY
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes, rollups
from netflix_pipeline.serving.query.bounded_memo import BoundedMemo
from netflix_pipeline.serving.query.filters import Choice, Filters, codes_of, column
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

TABLES = {
    name: contract(f"gold/{name}")
    for name in ("engagement_daily", "sitting_daily", "audience_daily")
}
"""The tables whose sums are kept: they have a row of a day and each value of their key."""
MOST = 2
"""Dimensions that are told apart."""
MOST_ROWS = 30_000
"""Rows of sums by some dimensions: some 3 MB."""
MOST_BYTES = 48 * 2**20
"""Of all sums that are kept; those not asked for longest give way."""
NOTHING = -1
"""No code, and no weekday."""


@dataclass(frozen=True)
class DailySums:
    """The sums of a table, the earliest day first, and where the rows of each of its `days` begin.

    Beside them stand the day's number in its week (`weekday`), and codes of dimensions.
    """

    frame: pl.DataFrame
    days: list[date]
    begins: list[int]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Self:
        """Rows in the order of their `event_date`."""
        by_day = frame.group_by("event_date", maintain_order=True).len()
        return cls(frame, by_day["event_date"].to_list(), [0, *accumulate(by_day["len"])])

    def within(self, period: Period) -> pl.DataFrame:
        """The rows of a period."""
        first = self.begins[bisect_left(self.days, period.from_)]
        past = self.begins[bisect_right(self.days, period.to)]
        return self.frame.slice(first, past - first)


def make_ready(snapshot: Snapshot) -> None:
    """Keep the sums of all, and by each dimension where they are few, from now on."""
    for table in TABLES.values():
        for dimensions in ((), *((name,) for name in table.key)):
            if _rows(snapshot, dimensions) <= MOST_ROWS:
                _sums(snapshot, table, *dimensions)


def values(
    snapshot: Snapshot, table: str, names: Iterable[str], period: Period, filters: Filters
) -> Row | None:
    """Metrics of a table over a period, by name, whose days are those of UTC.

    None where its sums by these filters are not kept. Raises UnknownValues.
    """
    found = rows(snapshot, table, period, filters)
    if found is None:
        return None
    told = found.select(expression(name) for name in names).row(0, named=True)
    return {
        name: int(value) if value is not None and METRICS[name].counts else value
        for name, value in told.items()
    }


def rows(
    snapshot: Snapshot, table: str, period: Period, filters: Filters, split: str | None = None
) -> pl.DataFrame | None:
    """The sums of a table by day of UTC, or by day and code of the split, of a period.

    None where its sums by these filters are not kept. Raises UnknownValues.
    """
    given, of_table = filters.given, TABLES.get(table)
    named = dict.fromkeys((*given, *([split] if split else ())))
    dimensions = tuple(sorted(name for name in named if name != WEEKDAY))
    if of_table is None or not set(dimensions) <= set(of_table.key):
        return None
    if len(dimensions) > MOST or _rows(snapshot, dimensions) > MOST_ROWS:
        return None
    found = _sums(snapshot, of_table, *dimensions).within(period)
    for name, choice in given.items():
        found = found.filter(fits(snapshot, name, choice))
    return found


def _rows(snapshot: Snapshot, dimensions: Iterable[str]) -> int:
    """How many rows the sums by these may have, at the most."""
    days = snapshot.info.days
    return prod((days.days if days else 0, *(codes.number(snapshot, name) for name in dimensions)))


def fits(snapshot: Snapshot, name: str, choice: Choice) -> pl.Expr:
    """That a row is of a choice's values."""
    if name == WEEKDAY:
        wanted = [*map(int, choice.values)]
    else:
        wanted = [*codes_of(snapshot, name, choice).values()]
    fits = pl.col(name).is_in(wanted or [NOTHING])
    return ~fits if choice.negated else fits


@cache
def polars(sql: str) -> pl.Expr:
    """What an aggregate of the metric layer is in Polars."""
    return pl.sql_expr(sql)


def expression(name: str) -> pl.Expr:
    """The metric of that name, over rows of its table."""
    sql = METRICS[name].expression
    assert sql
    return polars(sql).alias(name)


def kept(snapshot: Snapshot, name: str, read: Callable[[], DailySums]) -> DailySums:
    """Sums that are read when they are first asked for."""
    known: BoundedMemo[str, DailySums] = snapshot.kept(
        "sums", lambda: BoundedMemo(MOST_BYTES, lambda sums: int(sums.frame.estimated_size()))
    )
    return known.get(name, read)


def _sums(snapshot: Snapshot, table: Contract, *dimensions: str) -> DailySums:
    def read() -> DailySums:
        keys = "".join(f", {name}::BIGINT AS {name}" for name in dimensions)
        # As floats, which are exact far beyond any count: integers are divided in another way.
        sums = ", ".join(
            f"sum({each.name})::DOUBLE AS {each.name}"
            for each in table.columns
            if each.name not in table.key
        )
        place = f"coded.{table.name}"
        if table.name == rollups.CONTRACT.name:
            place = rollups.location(snapshot, dimensions)
        frame = snapshot.frame(
            f"SELECT event_date, {column(WEEKDAY)}::BIGINT AS {WEEKDAY}{keys}, {sums} "
            f"FROM {place} GROUP BY ALL ORDER BY ALL"
        )
        return DailySums.of(frame)

    return kept(snapshot, f"{table.name} by {', '.join(dimensions)}", read)
