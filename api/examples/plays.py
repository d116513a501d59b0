"""Example answers of `/plays`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from api.examples.example import SNAPSHOT
from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.serving import Page, Period, Play

PLAY = Play.model_validate(
    dict.fromkeys(OF_PLAYS, "unknown")
    | {
        "event_date": date(2026, 3, 5),
        "user_id": "u-17",
        "title_id": "t-204",
        "title": "The Long Night",
        "started_at": datetime(2026, 3, 5, 19, 2, 11, tzinfo=UTC),
        "time_precision": "second",
        "events": 3,
        "watch_seconds": 6_540,
        "reached": 0.97,
        "starter": True,
        "watcher": True,
        "completer": True,
        "quality": "UHD",
        "country": "DE",
        "device": "smart_tv",
        "plan": "Premium",
        "content_type": "film",
        "genre": "drama",
    }
)

PLAYS = Page[tuple[Play, ...]](
    data=(PLAY,),
    period=Period(from_=date(2026, 2, 7), to=date(2026, 3, 6)),
    filters={"country": "DE", "genre": "drama"},
    metrics=("completers",),
    snapshot=SNAPSHOT,
    next="WyJwbGF5cyIsMTc3MjczNzMzMTAwMDAwMCwidS0xNyIsInQtMjA0IiwxXQ",
)
