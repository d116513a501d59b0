"""Rows of one day, or of several days at once, which a column `event_date` then tells apart.

What is made of several days has that column, too, and for each day the rows that this day alone
would give: so many small days cost little more than one.
"""

from collections.abc import Collection, Iterator
from datetime import date

import polars as pl
from polars.dataframe.group_by import GroupBy

from netflix_pipeline.contracts import contract

EVENT_DATE = "event_date"


def telling_days(rows: pl.DataFrame) -> tuple[str, ...]:
    """The column that tells the days of rows apart; none where they are of one day."""
    return (EVENT_DATE,) if EVENT_DATE in rows.columns else ()


def grouped(rows: pl.DataFrame, *key: str | pl.Expr) -> GroupBy:
    """The rows of each day in groups."""
    return rows.group_by(*telling_days(rows), *key)


def conformed(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with exactly a table's columns and, day by day, in its canonical order."""
    return contract(table).conform(rows, *telling_days(rows))


def apart(
    rows: pl.DataFrame, days: Collection[date], column: str = EVENT_DATE
) -> Iterator[tuple[date, pl.DataFrame]]:
    """Each of the days, in order, and its rows, without the column that names the day.

    The rows are of these days and no others, each day's in their order.
    """
    if len(days) == 1:
        yield from ((day, rows.drop(column)) for day in days)
        return
    if not rows.get_column(column).is_sorted():
        rows = rows.sort(column, maintain_order=True)
    heights = dict(rows.group_by(column).len().iter_rows())
    rest, start = rows.drop(column), 0
    for day in sorted(days):
        height = heights.get(day, 0)
        yield day, rest.slice(start, height)
        start += height
