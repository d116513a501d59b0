"""The catalogue: titles, searched, filtered and sorted, page by page."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Title, TitleFilters
from netflix_pipeline.serving.queries.cursors import decode, encode
from netflix_pipeline.serving.queries.titles import VIEWERS, viewers
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = tuple(name for name in Title.model_fields if name in METRICS)
"""The metrics of a title."""
RATES = ("views", "completion_rate")
COUNTED = ("plays", "views", "viewers", "starters_without_reach", "reviews")
"""What is 0 of a title that nobody played or reviewed."""
TOLD = {
    "hours_viewed": "coalesce(p.watch_seconds, 0) / 3600",
    "hours_without_runtime": "coalesce(p.seconds_without_runtime, 0) / 3600",
    "completion_rate": "p.completion_rate",
    "rating": "p.rating",
    **{name: f"coalesce(p.{name}, 0)" for name in COUNTED},
}
"""What the profiles tell of a title; all else the titles themselves tell."""

DIGITS = 12
BY_NAME = (
    "regexp_replace(regexp_replace(strip_accents(lower(coalesce(t.title, t.title_id))), "
    f"'([0-9]+)', '{'0' * DIGITS}\\1', 'g'), '[0-9]*([0-9]{{{DIGITS}}})', '\\1', 'g')"
)
"""Names as people sort them: numbers in them by their size, with zeros before them to that end."""
SORTS = {name: f"({TOLD[name]})::DOUBLE" for name in TOLD} | {
    "release_year": "t.release_year::DOUBLE",
    "added_on": "date_diff('day', DATE '1970-01-01', t.added_on)::DOUBLE",
    "runtime_minutes": "t.runtime_minutes",
    "episode": "coalesce(t.season, 0) * 1e6 + t.episode",
    "title": BY_NAME,
}
"""What the catalogue can be sorted by."""
ASCENDING = ("title", "episode")
"""What is sorted from the smallest on, unless it is asked otherwise."""
LAST = {"asc": "1e300", "desc": "-1e300"}
"""Where unknown numbers stand: at the end, whichever way."""

COUNTS = ("plays", "starters", "completers", "starters_without_reach", "reviews")
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

CONDITIONS = {
    "search": "(contains(strip_accents(lower(t.title)), strip_accents(lower($search)))"
    " OR t.title_id = $search)",
    "genre": "$genre IN (t.genre, t.genre_2)",
    "series": "t.series_key = $series AND t.title_id <> $series",
    "released_from": "t.release_year >= $released_from",
    "released_to": "t.release_year <= $released_to",
    "watched": "(coalesce(p.plays, 0) > 0) = $watched",
}
"""What each filter asks for; any other, that the column of its name has the value."""

CATALOGUE = f"""
    {{with_profiles}}
    SELECT {", ".join(f"{TOLD.get(name, f't.{name}')} AS {name}" for name in Title.model_fields)},
        {{key}} AS key
    FROM titles AS t LEFT JOIN profiles AS p USING (title_id)
    WHERE {{where}}
    ORDER BY key {{order}}, t.title_id
    LIMIT $limit
"""


def catalogue(
    snapshot: Snapshot,
    filters: TitleFilters,
    *,
    sort: str,
    order: str | None,
    limit: int,
    cursor: str | None,
    period: Period | None,
) -> tuple[list[Title], str | None]:
    """A page of the catalogue and the cursor of the next one. Raises BadCursor.

    Numbers are of a period, or so far; those of a series of all its episodes together.
    """
    if sort not in SORTS:
        raise BadInput(f"titles cannot be sorted by {sort!r}, but by {', '.join(SORTS)}.")
    order = order or ("asc" if sort in ASCENDING else "desc")
    key = SORTS[sort]
    kind: type[str | float] = str
    if sort != "title":
        key, kind = f"coalesce({key}, {LAST[order]})", float
    where = ["true", *(CONDITIONS.get(name, f"t.{name} = ${name}") for name in filters.given)]
    bound: Row = filters.given | {"limit": limit + 1}
    place = f"titles:{sort}:{order}"
    if period and _covers_all(snapshot, period):
        period = None  # the profiles have it
    if period:
        place += f":{period.from_}:{period.to}"
        bound |= {"from": period.from_, "to": period.to}
    profiles, days = _profiles(snapshot, period, by_viewers=sort == "viewers")
    if cursor is not None:
        bound["key"], bound["id"] = decode(place, cursor, (kind, str))
        beyond = ">" if order == "asc" else "<"
        where.append(f"({key} {beyond} $key OR ({key} = $key AND t.title_id > $id))")
    query = CATALOGUE.format(
        key=key, order=order, where=" AND ".join(where), with_profiles=profiles
    )
    rows = snapshot.rows(query, bound | days)
    more, rows = len(rows) > limit, rows[:limit]
    keys = [row.pop("key") for row in rows]
    following = encode(place, keys[-1], rows[-1]["title_id"]) if more else None
    if sort != "viewers":  # they are counted of the titles shown only
        counted = _viewers(snapshot, period, [row["title_id"] for row in rows])
        rows = [row | {"viewers": counted.get(row["title_id"], row["viewers"])} for row in rows]
    return [Title(**row) for row in rows], following


def whole_series(snapshot: Snapshot) -> frozenset[str]:
    """The ids of titles of the catalogue of which others are the episodes."""
    return snapshot.kept(
        "whole series", lambda: frozenset(row["series_key"] for row in snapshot.rows(WHOLE))
    )


def _profiles(snapshot: Snapshot, period: Period | None, *, by_viewers: bool) -> tuple[str, Row]:
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


def _viewers(snapshot: Snapshot, period: Period | None, ids: Sequence[str]) -> dict[str, int]:
    """The different viewers of titles shown, by id: of a period, of series also so far."""
    found = dict.fromkeys(ids, 0) | viewers(snapshot, period, ids) if period else {}
    if series := whole_series(snapshot).intersection(ids):
        query = OF_SERIES.format(only="list_contains($series::VARCHAR[], e.series_key)")
        rows = snapshot.rows(query, _days(period) | {"series": sorted(series)})
        found |= dict.fromkeys(series, 0) | {row["series_key"]: row["viewers"] for row in rows}
    return found


def _days(period: Period | None) -> Row:
    """The days of which the viewers of series are counted."""
    return {
        "first": period.from_ if period else date.min,
        "last": period.to if period else date.max,
    }


def _covers_all(snapshot: Snapshot, period: Period) -> bool:
    """Whether nothing was played outside of the period."""
    first, last = snapshot.info.data_from, snapshot.info.data_to
    return first is None or last is None or (period.from_ <= first and last <= period.to)
