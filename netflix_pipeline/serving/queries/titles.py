"""Titles: the most watched of a period, and the catalogue."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Sequence

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Title, TitleMeasures
from netflix_pipeline.serving.queries.cursors import decode, encode
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = tuple(name for name in TitleMeasures.model_fields if name in METRICS)
"""The metrics of a title in a period."""
SO_FAR = tuple(name for name in Title.model_fields if name in METRICS)
"""The metrics of a title so far."""

RANKED = ("hours_viewed", "views", "viewers", "plays", "starters", "completers")
"""What titles can be ranked by."""

WATCHED = """
    SELECT title_id AS code, {measures}, coalesce(sum(watch_seconds), 0) AS seconds
    FROM coded.title_daily WHERE event_date BETWEEN $from AND $to GROUP BY title_id
"""
VIEWERS = """
    SELECT title_id AS code, count(DISTINCT user_id) AS viewers FROM coded.plays
    WHERE event_date BETWEEN $from AND $to AND starter {only} GROUP BY title_id
"""
RANKED_BY = """
    SELECT w.* EXCLUDE (seconds), c.name AS title_id, t.title, t.content_type, t.genre
    FROM ({watched}) AS w
    JOIN codes.title_id AS c USING (code) LEFT JOIN titles AS t ON t.title_id = c.name
    ORDER BY {by} DESC, seconds DESC, c.name LIMIT $limit
"""

NAMES = "SELECT title_id, title FROM titles WHERE title_id IN (SELECT unnest($ids::VARCHAR[]))"

SORTS = {
    "title": ("strip_accents(lower(coalesce(t.title, t.title_id)))", "", str),
    "hours_viewed": ("coalesce(p.watch_seconds, 0)", "DESC", float),
    "viewers": ("coalesce(p.viewers, 0)", "DESC", int),
}
"""What the catalogue can be sorted by: the expression, its direction and type."""

CATALOGUE = """
    SELECT t.title_id, t.title, t.content_type, t.genre, t.genre_2, t.runtime_minutes, t.series_id,
        t.season, t.episode, t.release_year, t.language, t.described,
        coalesce(p.plays, 0) AS plays, coalesce(p.watch_seconds, 0) / 3600 AS hours_viewed,
        coalesce(p.views, 0) AS views, coalesce(p.viewers, 0) AS viewers, p.completion_rate,
        coalesce(p.reviews, 0) AS reviews, p.rating, {key} AS key
    FROM titles AS t LEFT JOIN title_profile AS p USING (title_id)
    WHERE {where}
    ORDER BY {key} {direction}, t.title_id
    LIMIT $limit
"""


def top(snapshot: Snapshot, period: Period, limit: int, by: str) -> list[TitleMeasures]:
    """The titles with the most of a metric; ties by hours, then by id."""
    if by not in RANKED:
        raise BadInput(f"titles cannot be ranked by {by!r}, but by {', '.join(RANKED)}.")
    measures = ", ".join(
        f"{METRICS[name].expression} AS {name}" for name in MEASURES if name != "viewers"
    )
    days: Row = {"from": period.from_, "to": period.to}
    watched = WATCHED.format(measures=measures)
    if by == "viewers":
        by_title = VIEWERS.format(only="")
        watched = (
            "SELECT m.*, coalesce(v.viewers, 0) AS viewers "
            f"FROM ({watched}) AS m LEFT JOIN ({by_title}) AS v USING (code)"
        )
    ranked = snapshot.rows(RANKED_BY.format(watched=watched, by=by), days | {"limit": limit})
    if by != "viewers":  # different viewers are counted for the titles shown only
        only = "AND title_id IN (SELECT unnest($shown::INTEGER[]))"
        counted = snapshot.rows(
            VIEWERS.format(only=only), days | {"shown": [row["code"] for row in ranked]}
        )
        viewers = {row["code"]: row["viewers"] for row in counted}
        for row in ranked:
            row["viewers"] = viewers.get(row["code"], 0)
    return [TitleMeasures(**{n: row[n] for n in TitleMeasures.model_fields}) for row in ranked]


def names(snapshot: Snapshot, title_ids: Sequence[str]) -> dict[str, str | None]:
    """The names of titles, by id; those that the snapshot does not hold are left out."""
    rows = snapshot.rows(NAMES, {"ids": list(title_ids)})
    return {row["title_id"]: row["title"] for row in rows}


def catalogue(
    snapshot: Snapshot,
    *,
    search: str | None,
    content_type: str | None,
    genre: str | None,
    limit: int,
    cursor: str | None,
    sort: str,
) -> tuple[list[Title], str | None]:
    """A page of the catalogue and the cursor of the next one. Raises BadCursor."""
    if sort not in SORTS:
        raise BadInput(f"titles cannot be sorted by {sort!r}, but by {', '.join(SORTS)}.")
    key, direction, kind = SORTS[sort]
    where = ["true"]
    bound: Row = {"limit": limit + 1}
    if search:
        bound["search"] = search
        where.append(
            "(contains(strip_accents(lower(t.title)), strip_accents(lower($search)))"
            " OR t.title_id = $search)"
        )
    if content_type is not None:
        bound["content_type"] = content_type
        where.append("t.content_type = $content_type")
    if genre is not None:
        bound["genre"] = genre
        where.append("$genre IN (t.genre, t.genre_2)")
    if cursor is not None:
        bound["key"], bound["id"] = decode(f"titles:{sort}", cursor, (kind, str))
        beyond = "<" if direction else ">"
        where.append(f"({key} {beyond} $key OR ({key} = $key AND t.title_id > $id))")
    rows = snapshot.rows(
        CATALOGUE.format(key=key, direction=direction, where=" AND ".join(where)), bound
    )
    more, rows = len(rows) > limit, rows[:limit]
    keys = [row.pop("key") for row in rows]
    following = encode(f"titles:{sort}", keys[-1], rows[-1]["title_id"]) if more else None
    return [Title(**row) for row in rows], following
