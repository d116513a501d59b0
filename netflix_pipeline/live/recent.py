"""The events that came in last, by identity: a quick and nearly always right word on duplicates.

Nothing depends on it but what a sender is told at once: the drain decides by all that is stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC

from netflix_pipeline.sources.http_events import Event

MOST = 1_000_000
"""Identities that are remembered."""

Identity = int
Place = int


def identity(event: Event) -> Identity:
    """What tells the event from others of its type: its id and its UTC day, as a number."""
    when = event.event_time
    if when.tzinfo is not UTC:
        when = when.astimezone(UTC)
    return hash((event.__class__, event.event_id, when.toordinal()))


class Recent:
    """Where in the log the first event of each identity lies, the oldest forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._places: dict[Identity, Place] = {}
        self._order: deque[Identity] = deque()

    def place(self, identity: Identity) -> Place | None:
        """Where the event lies that came first under an identity; None where none is known."""
        return self._places.get(identity)

    def knows_any(self, identities: Iterable[Identity]) -> bool:
        """Whether an event is known under one of these identities."""
        return not self._places.keys().isdisjoint(identities)

    def add(self, new: Mapping[Identity, Place]) -> None:
        """Remember events under whose identity nothing was known a moment ago."""
        places, order = self._places, self._order
        places.update(new)
        order.extend(new)
        while len(order) > self._most:
            places.pop(order.popleft(), None)
