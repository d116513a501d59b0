"""Filters as conditions on the coded tables."""

from __future__ import annotations

from netflix_pipeline.serving.answers import Filters
from netflix_pipeline.serving.queries import codes
from netflix_pipeline.serving.snapshots import Row, Snapshot

COLUMNS = {"title": "title_id"}
"""The column of a filter, where it has another name."""


def column(name: str) -> str:
    """The column in which a coded table keeps what the filter of that name compares."""
    return COLUMNS.get(name, name)


def conditions(snapshot: Snapshot, filters: Filters) -> tuple[str, Row]:
    """SQL that follows a condition on a coded table, and what it binds; empty without filters.

    A value that the snapshot has no code for is bound as null, which nothing equals.
    """
    bound: Row = {}
    for name, value in filters.given.items():
        bound[column(name)] = codes.code(snapshot, column(name), value)
    return "".join(f" AND {name} = ${name}" for name in bound), bound
