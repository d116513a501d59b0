"""What the page of this hour follows: a tail that is told what comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from netflix_pipeline.sources.formats.http_events import Event, Watch
from netflix_pipeline_tests.support.live_service import Tail

NOON = datetime(2026, 3, 18, 12, 0, 30, tzinfo=UTC)


@dataclass
class Followed:
    """Follows a tail that is told what comes in."""

    tail: Tail | None
    problem: str | None = None


def watch(number: int, title: str = "t-dark", country: str | None = "DE") -> Watch:
    return Watch(
        event_id=f"e-{number}",
        user_id=f"u-{number}",
        title_id=title,
        event_time=NOON,
        watch_seconds=600 * number,
        device="smart_tv",
        country=country,
    )


def take(followed: Followed, *events: Event, minutes_ago: float = 0) -> None:
    assert followed.tail is not None
    came = NOON - timedelta(minutes=minutes_ago)
    followed.tail.view.take(came, events, visible_at=came + timedelta(milliseconds=40))
    followed.tail.records += 1
