"""Titles: the most watched of a period, and their names."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Sequence

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, TitleMeasures
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = tuple(name for name in TitleMeasures.model_fields if name in METRICS)
"""The metrics of a title in a period."""

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


def viewers(snapshot: Snapshot, period: Period, title_ids: Sequence[str]) -> dict[str, int]:
    """The different viewers of titles in a period, by id; who had none is left out."""
    only = "AND title_id IN (SELECT code FROM codes.title_id WHERE list_contains($ids, name))"
    rows = snapshot.rows(
        f"SELECT name, viewers FROM ({VIEWERS.format(only=only)}) JOIN codes.title_id USING (code)",
        {"from": period.from_, "to": period.to, "ids": list(title_ids)},
    )
    return {row["name"]: row["viewers"] for row in rows}


def names(snapshot: Snapshot, title_ids: Sequence[str]) -> dict[str, str | None]:
    """The names of titles, by id; those that the snapshot does not hold are left out."""
    rows = snapshot.rows(NAMES, {"ids": list(title_ids)})
    return {row["title_id"]: row["title"] for row in rows}
