"""A cut-off, and plays by hand before and after it."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.intelligence.leaving.features import COLUMNS

AT = date(2026, 6, 1)
"""A Monday."""


def moment(days_before: float) -> datetime:
    """So many days before the cut-off."""
    return datetime(AT.year, AT.month, AT.day, tzinfo=UTC) - timedelta(days=days_before)


def play(user: str, days_before: float, title: str = "t", **more: object) -> dict[str, object]:
    """An hour of a title that began so many days before the cut-off."""
    return {
        "user_id": user,
        "title_id": title,
        "started_at": moment(days_before),
        "watch_seconds": 3600.0,
        "starter": True,
        "completer": False,
        "reached": 0.5,
        "genre": "drama",
        "device": "mobile",
        "country": "DE",
    } | more


def plays(*rows: dict[str, object]) -> pl.DataFrame:
    schema = contract("silver/plays").schema
    return pl.DataFrame(list(rows), schema={name: schema[name] for name in COLUMNS})
