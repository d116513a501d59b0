"""Sums of gold tables by day, and by day and one dimension, in memory: numbers of a period.

A period at a glance is made of a few dozen rows of three tables. To plan a query of each takes many
times as long as to add them up, so the rows are read once for a snapshot, when they are first asked
for. The expressions are the metric layer's: Polars reads their SQL, too.
"""

# Written into SQL are names out of contracts only; values are bound.
# ruff: noqa: S608

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from netflix_pipeline.contracts import Contract, contract
from netflix_pipeline.contracts.dimensions import WEEKDAY
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import rollups
from netflix_pipeline.serving.query.filters import Choice, Filters, codes_of, column
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

TABLES = {
    name: contract(f"gold/{name}")
    for name in ("engagement_daily", "sitting_daily", "audience_daily")
}
"""The tables whose sums are kept: they have a row of a day and each value of their key."""
MOST = 1
"""Dimensions that are told apart."""
NOTHING = -1
"""No code, and no weekday."""


@dataclass(frozen=True)
class DailySums:
    """The sums of a table, the earliest day first; `days` are theirs, row by row.

    Beside them stand the day's number in its week (`weekday`), and codes of a dimension.
    """

    frame: pl.DataFrame
    days: list[date]

    def within(self, period: Period) -> pl.DataFrame:
        """The rows of a period."""
        first = bisect_left(self.days, period.from_)
        past = bisect_right(self.days, period.to)
        return self.frame.slice(first, past - first)


def values(
    snapshot: Snapshot, table: str, names: Iterable[str], period: Period, filters: Filters
) -> Row | None:
    """Metrics of a table over a period, by name, whose days are those of UTC.

    None where its sums by these filters are not kept. Raises UnknownValues.
    """
    given = filters.given
    dimensions = tuple(name for name in given if name != WEEKDAY)
    kept = TABLES.get(table)
    if kept is None or len(dimensions) > MOST or not set(dimensions) <= set(kept.key):
        return None
    rows = _sums(snapshot, kept, *dimensions).within(period)
    for name, choice in given.items():
        rows = rows.filter(_fits(snapshot, name, choice))
    told = rows.select(_expression(name) for name in names).row(0, named=True)
    return {
        name: int(value) if value is not None and METRICS[name].counts else value
        for name, value in told.items()
    }


def _fits(snapshot: Snapshot, name: str, choice: Choice) -> pl.Expr:
    """That a row is of a choice's values."""
    if name == WEEKDAY:
        wanted = [*map(int, choice.values)]
    else:
        wanted = [*codes_of(snapshot, name, choice).values()]
    fits = pl.col(name).is_in(wanted or [NOTHING])
    return ~fits if choice.negated else fits


@cache
def _expression(name: str) -> pl.Expr:
    """What a metric's expression is in Polars."""
    expression = METRICS[name].expression
    assert expression
    return pl.sql_expr(expression).alias(name)


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
        return DailySums(frame, frame["event_date"].to_list())

    return snapshot.kept(f"sums of {table.name} by {', '.join(dimensions)}", read)
