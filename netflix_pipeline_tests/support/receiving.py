"""Events as they come in over HTTP, and what was counted of them."""

import asyncio
import json
from collections.abc import Collection
from datetime import UTC, datetime

from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving.recent_identities import Place
from netflix_pipeline.sources.formats.http_events import Event

NOW = datetime.now(UTC)


def gone(places: Collection[Place]) -> dict[Place, Event | None]:
    """A log that holds nothing any more."""
    return dict.fromkeys(places)


def text(number: int, **changes: object) -> bytes:
    told: dict[str, object] = {
        "type": "watch",
        "event_id": f"e-{number}",
        "user_id": f"u-{number}",
        "title_id": "t-1",
        "event_time": NOW.isoformat(),
        "watch_seconds": 3600,
    }
    return json.dumps(told | changes).encode()


def watched(follower: Follower) -> int:
    return follower.view.read(datetime.now(UTC)).totals.events.watch


def take(receiver: Receiver, *texts: bytes) -> list[str]:
    received = asyncio.run(receiver.receive(texts))
    return [result.result for result in received.judged.results]
