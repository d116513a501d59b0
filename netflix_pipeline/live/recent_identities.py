"""The events that came in last, by identity: a quick and nearly always right word on duplicates.

Nothing depends on it but what a sender is told at once: the drain decides by all that is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC
from typing import Protocol

from netflix_pipeline.sources.formats.http_events import Event

MOST = 1_000_000
"""Identities that are remembered, and up to half as many more."""
PARTS = 2

Identity = int
Place = int


def identity(event: Event) -> Identity:
    """What tells the event from others of its type: its id and its UTC day, as a number."""
    when = event.event_time
    if when.tzinfo is not UTC:
        when = when.astimezone(UTC)
    return hash((event.__class__, event.event_id, when.toordinal()))


class KnownIdentities(Protocol):
    """What is known of identities."""

    def place(self, identity: Identity) -> Place | None:
        """Where the event lies that came first under an identity; None where none is known."""

    def knows_any(self, identities: Collection[Identity]) -> bool:
        """Whether an event is known under one of these identities."""


class Recent:
    """Where in the log the first event of each identity lies, of the `most` that came last.

    They are kept in parts, and forgotten a part at a time: taking single ones out of one large
    table would make it be built anew again and again, and nobody would be served meanwhile.
    """

    def __init__(self, most: int = MOST) -> None:
        self._part = max(1, most // PARTS)
        self._parts: list[dict[Identity, Place]] = [{}]

    def place(self, identity: Identity) -> Place | None:
        """Where the event lies that came first under an identity; None where none is known."""
        for part in self._parts:
            if (place := part.get(identity)) is not None:
                return place
        return None

    def knows_any(self, identities: Collection[Identity]) -> bool:
        """Whether an event is known under one of these identities."""
        return any(not part.keys().isdisjoint(identities) for part in self._parts)

    def add(self, new: Mapping[Identity, Place]) -> None:
        """Remember events under whose identity nothing was known a moment ago."""
        newest = self._parts[0]
        newest.update(new)
        if len(newest) >= self._part:
            self._parts = [{}, *self._parts[:PARTS]]


class Before:
    """What is known of events that lie before a place: no event repeats a later one, or itself."""

    def __init__(self, recent: Recent, end: Place) -> None:
        self._recent = recent
        self._end = end

    def place(self, identity: Identity) -> Place | None:
        """As of `Recent`."""
        place = self._recent.place(identity)
        return None if place is None or place >= self._end else place

    def knows_any(self, identities: Collection[Identity]) -> bool:
        """As of `Recent`."""
        return self._recent.knows_any(identities) and any(
            self.place(identity) is not None for identity in identities
        )
