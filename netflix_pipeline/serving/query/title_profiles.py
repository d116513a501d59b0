"""How each title, and each series as a whole, was watched: so far, or in a period."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from collections.abc import Sequence
from datetime import date

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

VIEWERS = """
    SELECT title_id AS code, count(DISTINCT user_id) AS viewers FROM coded.plays
    WHERE event_date BETWEEN $from AND $to AND starter {only} GROUP BY title_id
"""

COUNTS = ("plays", "starters", "completers", "starters_without_reach", "reviews")
RATES = ("views", "completion_rate")

SO_FAR = f"""
    SELECT title_id, {", ".join(COUNTS)}, watch_seconds, views, seconds_without_runtime, rating,
        completion_rate, viewers
    FROM title_profile
"""

IN_PERIOD = f"""
    SELECT s.title_id, s.reviews, s.rating, w.* EXCLUDE (code), {{viewers}} AS viewers
    FROM title_profile AS s LEFT JOIN codes.title_id AS c ON c.name = s.title_id
    LEFT JOIN (
        SELECT title_id AS code, coalesce(sum(watch_seconds), 0) AS watch_seconds,
            coalesce(sum(seconds_without_runtime), 0) AS seconds_without_runtime,
            {", ".join(f"{METRICS[name].expression} AS {name}" for name in (*COUNTS[:4], *RATES))}
        FROM coded.title_daily WHERE event_date BETWEEN $from AND $to GROUP BY title_id
    ) AS w USING (code) {{counted}}
"""
"""The profiles of titles with what is counted of a period in place of all so far."""

WHOLE = """
    SELECT DISTINCT e.series_key FROM titles AS e JOIN titles AS s ON s.title_id = e.series_key
    WHERE e.title_id <> e.series_key
"""
"""The series that are titles of the catalogue themselves and have others as episodes."""

WITH_SERIES = f"""
    WITH whole AS ({WHOLE}), of_titles AS MATERIALIZED ({{profiles}}), profiles AS (
        FROM of_titles ANTI JOIN whole ON whole.series_key = of_titles.title_id
        UNION ALL BY NAME
        SELECT e.series_key AS title_id, {", ".join(f"sum({name}) AS {name}" for name in COUNTS)},
            sum(watch_seconds) AS watch_seconds, sum(views) AS views,
            sum(seconds_without_runtime) AS seconds_without_runtime,
            {METRICS["rating"].expression} AS rating,
            {METRICS["completion_rate"].expression} AS completion_rate, {{viewers}} AS viewers
        FROM of_titles JOIN titles AS e USING (title_id) SEMI JOIN whole USING (series_key)
        {{counted}} GROUP BY e.series_key
    )
"""
"""The profiles, where the numbers of a series are those of all its episodes together."""

OF_SERIES = """
    SELECT e.series_key, count(DISTINCT p.user_id) AS viewers
    FROM coded.plays AS p JOIN codes.title_id AS c ON c.code = p.title_id
    JOIN titles AS e ON e.title_id = c.name
    WHERE p.starter AND p.event_date BETWEEN $first AND $last AND {only} GROUP BY e.series_key
"""
"""The different viewers of series."""


def whole_series(snapshot: Snapshot) -> frozenset[str]:
    """The ids of titles of the catalogue of which others are the episodes."""
    return snapshot.kept(
        "whole series", lambda: frozenset(row["series_key"] for row in snapshot.rows(WHOLE))
    )


def profiles_in(snapshot: Snapshot, period: Period | None, *, by_viewers: bool) -> tuple[str, Row]:
    """The table expression `profiles`, and what it binds beside the period."""
    profiles = SO_FAR
    if period:
        profiles = IN_PERIOD.format(
            viewers="v.viewers" if by_viewers else 0,
            counted=f"LEFT JOIN ({VIEWERS.format(only='')}) AS v USING (code)" * by_viewers,
        )
    if not whole_series(snapshot):
        return f"WITH profiles AS ({profiles})", {}
    seen = OF_SERIES.format(only="e.series_key IN (FROM whole)")
    counted = f"LEFT JOIN ({seen}) AS v USING (series_key)" * by_viewers
    viewers = "any_value(v.viewers)" if by_viewers else 0
    told = WITH_SERIES.format(profiles=profiles, viewers=viewers, counted=counted)
    return told, _days(period) if by_viewers else {}


def viewers_of(snapshot: Snapshot, period: Period | None, ids: Sequence[str]) -> dict[str, int]:
    """The different viewers of titles shown, by id: of a period, of series also so far."""
    found = dict.fromkeys(ids, 0) | _of_titles(snapshot, period, ids) if period else {}
    if series := whole_series(snapshot).intersection(ids):
        query = OF_SERIES.format(only="list_contains($series::VARCHAR[], e.series_key)")
        rows = snapshot.rows(query, _days(period) | {"series": sorted(series)})
        found |= dict.fromkeys(series, 0) | {row["series_key"]: row["viewers"] for row in rows}
    return found


def _of_titles(snapshot: Snapshot, period: Period, title_ids: Sequence[str]) -> dict[str, int]:
    """The different viewers of titles in a period, by id; who had none is left out."""
    only = "AND title_id IN (SELECT code FROM codes.title_id WHERE list_contains($ids, name))"
    rows = snapshot.rows(
        f"SELECT name, viewers FROM ({VIEWERS.format(only=only)}) JOIN codes.title_id USING (code)",
        {"from": period.from_, "to": period.to, "ids": list(title_ids)},
    )
    return {row["name"]: row["viewers"] for row in rows}


def _days(period: Period | None) -> Row:
    """The days of which the viewers of series are counted."""
    return {
        "first": period.from_ if period else date.min,
        "last": period.to if period else date.max,
    }
