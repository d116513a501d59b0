"""What the page shows, from a snapshot: 28 days beside those before, in SQL."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

DAYS = 28
A_DAY = timedelta(days=1)
CARDS = """
    WITH engagement AS (
        SELECT
            sum(watch_seconds) / 3600 AS hours_viewed, sum(views) AS views, sum(plays) AS plays,
            sum(completers) / nullif(sum(starters) - sum(starters_without_reach), 0)
                AS completion_rate
        FROM coded.engagement_daily WHERE event_date BETWEEN $first AND $last
    ),
    people AS (
        SELECT count(DISTINCT user_id) FILTER (WHERE starter) AS viewers
        FROM coded.plays WHERE event_date BETWEEN $first AND $last
    ),
    sittings AS (
        SELECT
            sum(watch_seconds) / 60 / sum(sittings) AS avg_sitting_minutes,
            sum(binge_sittings) / sum(sittings) AS binge_rate
        FROM coded.sitting_daily WHERE event_date BETWEEN $first AND $last
    ),
    audience AS (
        SELECT
            last(dau ORDER BY event_date) / nullif(last(mau ORDER BY event_date), 0) AS stickiness,
            max(peak_concurrent) AS peak_concurrent
        FROM coded.audience_daily WHERE event_date BETWEEN $first AND $last
    )
    SELECT * FROM engagement, people, sittings, audience
"""
TREND = """
    SELECT event_date, sum(watch_seconds) / 3600 AS hours
    FROM coded.engagement_daily WHERE event_date BETWEEN $first AND $last
    GROUP BY event_date ORDER BY event_date
"""
WEEK = """
    SELECT isodow(event_date) AS weekday, quarter // 4 AS hour, sum(watch_seconds) / 3600 AS hours
    FROM coded.activity WHERE event_date BETWEEN $first AND $last GROUP BY ALL
"""
TITLES = """
    SELECT coalesce(titles.title, name) AS title, hours
    FROM (
        SELECT title_id, sum(watch_seconds) / 3600 AS hours
        FROM coded.title_daily WHERE event_date BETWEEN $first AND $last
        GROUP BY title_id ORDER BY hours DESC LIMIT 10
    ) AS most
    JOIN codes.title_id ON code = most.title_id LEFT JOIN titles ON titles.title_id = name
    ORDER BY hours DESC
"""
SPLIT = """
    SELECT name, sum(watch_seconds) / 3600 AS hours
    FROM coded.engagement_daily AS e JOIN codes.{by} ON code = e.{by}
    WHERE event_date BETWEEN $first AND $last GROUP BY name ORDER BY hours DESC
"""
SPLITS = ("device", "country", "genre")


@dataclass(frozen=True)
class Period:
    """Some days, and what is told of them."""

    cards: dict[str, float | None]
    trend: list[tuple[Any, ...]]
    week: list[tuple[Any, ...]]
    titles: list[tuple[Any, ...]]
    splits: dict[str, dict[str, float]]


@cache
def overview(snapshot: Path) -> tuple[Period, Period]:
    """The last 28 days of a snapshot, and those before; asked for once, and kept."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        ((last,),) = connection.execute("SELECT data_to FROM snapshot_info").fetchall()
        now = period(connection, last)
        return now, period(connection, last - DAYS * A_DAY)


def period(connection: duckdb.DuckDBPyConnection, last: date) -> Period:
    """The days that end with one."""
    days = {"first": last - (DAYS - 1) * A_DAY, "last": last}

    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query, days).fetchall()

    (values,) = rows(CARDS)
    assert connection.description
    names = [column[0] for column in connection.description]
    return Period(
        dict(zip(names, values, strict=True)),
        rows(TREND),
        rows(WEEK),
        rows(TITLES),
        {by: dict(rows(SPLIT.format(by=by))) for by in SPLITS},
    )
