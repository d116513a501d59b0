"""The rows that metrics are computed from: of a gold table, or of plays in its columns.

A metric's expression is an aggregate over the rows of its table. Where the table is too coarse for
a filter or a split, or slower, the same columns come from plays, so that the expression stays the
one definition.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Sequence
from dataclasses import dataclass

from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import rollups
from netflix_pipeline.serving.query.filters import Filters, column, conditions
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

OF_TITLES = """(
    SELECT m.*, {views}
    FROM (SELECT {keys}, {measures} FROM coded.{table} WHERE {where} GROUP BY ALL) AS m
    LEFT JOIN (
        SELECT code AS title_id, entry_runtime_minutes
        FROM codes.title_id JOIN titles ON titles.title_id = name
    ) AS t USING (title_id)
)"""
"""The columns of engagement_daily, by title."""

OF_USERS = "(SELECT *, starter::INTEGER AS starters FROM coded.plays WHERE {where})"
"""The rows of user_daily, not grouped: distinct users are the same."""


@dataclass(frozen=True)
class Rows:
    """What follows FROM, and what it binds. Every row is of a day, `event_date`, where asked so."""

    sql: str
    bound: Row


def rows_of(
    snapshot: Snapshot,
    table: str,
    period: Period,
    filters: Filters,
    split: str | None = None,
    *,
    by_day: bool = True,
) -> Rows:
    """The rows of a gold table of these days under these filters, with the column of the split.

    Not `by_day`, the rows of several days may be one, which has no `event_date`.
    """
    narrowed, bound = conditions(snapshot, filters)
    where = f"event_date BETWEEN $from AND $to{narrowed}"
    bound |= {"from": period.from_, "to": period.to}
    named = [*filters.given, *([split] if split else [])]
    if table == "user_daily":
        return Rows(OF_USERS.format(where=where), bound)
    if table == "engagement_daily" and "title" in named:
        days = ("event_date",) if by_day else ()
        keys = dict.fromkeys((*days, "title_id", *map(column, named)))
        summed = set(named) <= {"title", "country"}
        sql = OF_TITLES.format(
            keys=", ".join(keys),
            measures=", ".join(
                f"{f'sum({each.name})' if summed else each.summed_sql} AS {each.name}"
                for each in OF_PLAYS
            ),
            views=", ".join(f"coalesce({each.sql}, 0) AS {each.name}" for each in OF_ENTRIES),
            table="title_daily" if summed else "plays",
            where=where,
        )
        return Rows(sql, bound)
    place = (
        rollups.location(snapshot, named) if table == rollups.CONTRACT.name else f"coded.{table}"
    )
    return Rows(f"{place} WHERE {where}", bound)


def chosen(metrics: Sequence[Metric]) -> str:
    """The metrics' expressions, under their names."""
    return ", ".join(f"{metric.expression} AS {metric.name}" for metric in metrics)
