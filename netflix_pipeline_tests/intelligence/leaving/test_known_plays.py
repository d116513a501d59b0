"""Plays are those that were known: what came later does not exist yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from netflix_pipeline.intelligence.leaving.known_plays import KnownPlays
from netflix_pipeline.materialize import build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.events import Events, opened, watch

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("silver/users", "silver/titles", "silver/plays")
DAY = timedelta(days=1)
MONDAY = date(2026, 6, 1)


def at(day: date, hour: float) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def sent(events: Events, user: str, begun: datetime, received: datetime) -> None:
    """An hour that somebody watched, and when it was told."""
    name = f"{user}-{begun:%d%H%M}"
    told = watch(name, user_id=user, event_time=begun.isoformat(), watch_seconds=3600)
    events.send(told, at=received)
    events.drain(received)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> KnownPlays:
    settings = Settings(home=tmp_path_factory.mktemp("known"))
    begun = at(MONDAY, 20)
    with opened(settings) as events:
        sent(events, "ann", begun, begun + timedelta(minutes=1))
        sent(events, "bob", begun, begun + 3 * DAY)
        # The second half of ann's play was watched offline.
        sent(events, "ann", begun + timedelta(hours=1), begun + 2 * DAY)
        sent(events, "ann", at(MONDAY + DAY, 8), at(MONDAY + DAY, 9))
        sent(events, "bob", at(MONDAY + 5 * DAY, 20), at(MONDAY + 5 * DAY, 21))
        assert all(built.good for built in build(events.lake, TABLES, None, only_pending=True))
        return KnownPlays(events.lake)


def who(known: KnownPlays, moment: date) -> list[tuple[str, int, float]]:
    """The plays before a moment that were known at it: who, on which day, and how long."""
    told = known.plays(moment, MONDAY, moment, ("user_id", "started_at", "watch_seconds"))
    return sorted((user, begun.day, seconds) for user, begun, seconds in told.iter_rows())


def test_a_play_is_what_of_it_was_known(known: KnownPlays) -> None:
    assert who(known, MONDAY) == []
    assert who(known, MONDAY + DAY) == [("ann", 1, 3600.0)]
    assert who(known, MONDAY + 2 * DAY) == [("ann", 1, 3600.0), ("ann", 2, 3600.0)]
    assert who(known, MONDAY + 3 * DAY) == [("ann", 1, 7200.0), ("ann", 2, 3600.0)]
    assert who(known, MONDAY + 4 * DAY) == [
        ("ann", 1, 7200.0),
        ("ann", 2, 3600.0),
        ("bob", 1, 3600.0),
    ]


def test_starts_are_those_of_the_same_plays(known: KnownPlays) -> None:
    for days in range(8):
        moment = MONDAY + days * DAY
        starts = known.starts(moment)
        told = sorted((user, begun.day) for user, begun in starts.iter_rows())
        assert told == [(user, day) for user, day, _ in who(known, moment)]


def test_late_rows_tell_the_usual_lateness(known: KnownPlays) -> None:
    assert (known.rows, known.bulk_rows) == (5, 0)
    assert known.usual_lateness == timedelta(hours=1)


def test_rows_of_a_bulk_load_are_known_when_such_rows_usually_come(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    rows = [event(f"e{n}", f"2026-01-{n:02}T12:00:00Z", user="ann") for n in range(1, 6)]
    command.ok("ingest", write(tmp_path / "a.csv", rows))
    lake = Events(Settings(home=command.home), None).lake  # type: ignore[arg-type]
    list(build(lake, TABLES, None, only_pending=True))
    known = KnownPlays(lake)
    assert (known.rows, known.bulk_rows, known.usual_lateness) == (5, 5, timedelta())
    assert len(known.starts(date(2026, 1, 4))) == 3
    people = known.people(date(2026, 1, 4), known.starts(date(2026, 1, 4)))
    assert people["began"].to_list() == [date(2026, 1, 1)]
