"""Filters as conditions on the coded tables."""

from __future__ import annotations

from netflix_pipeline.serving.answers import Filters
from netflix_pipeline.serving.errors import SeveralTitles
from netflix_pipeline.serving.queries import codes
from netflix_pipeline.serving.snapshots import Row, Snapshot

SEVERAL = """
    SELECT min(series_key) AS series FROM titles
    WHERE (series_key = $title AND title_id <> $title)
        OR (entry_id = $title AND NOT EXISTS (FROM titles WHERE title_id = $title))
"""
"""The series, where the id is that of a series with episodes, or of a season."""
COLUMNS = {"title": "title_id"}
"""The column of a filter, where it has another name."""


def column(name: str) -> str:
    """The column in which a coded table keeps what the filter of that name compares."""
    return COLUMNS.get(name, name)


def conditions(snapshot: Snapshot, filters: Filters) -> tuple[str, Row]:
    """SQL that follows a condition on a coded table, and what it binds; empty without filters.

    A value that the snapshot has no code for is bound as null, which nothing equals. Raises
    SeveralTitles.
    """
    if filters.title is not None:
        (found,) = snapshot.rows(SEVERAL, {"title": filters.title})
        if found["series"] is not None:
            raise SeveralTitles(filters.title, found["series"])
    bound: Row = {}
    for name, value in filters.given.items():
        bound[column(name)] = codes.code(snapshot, column(name), value)
    return "".join(f" AND {name} = ${name}" for name in bound), bound
