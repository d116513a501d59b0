"""The events that came in last, by identity: a quick and nearly always right word on duplicates.

Nothing depends on it but what a sender is told at once: the drain decides by all that is stored.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC
from itertools import repeat

from netflix_pipeline.sources.formats.http_events import Event
from netflix_pipeline.sources.formats.plain_batches import PlainEvents

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


def identities(events: Sequence[Event]) -> list[Identity]:
    """The same of each event."""
    if not isinstance(events, PlainEvents):
        return list(map(identity, events))
    first, last = (when.astimezone(UTC).toordinal() for when in events.span)
    days: Iterable[int] = repeat(first)
    if last > first:
        days = (when.astimezone(UTC).toordinal() for when in events.columns["event_time"])
    told = zip(repeat(events.struct), events.columns["event_id"], days, strict=False)
    return list(map(hash, told))


class Recent:
    """Where in the log the first event of each identity lies, of the `most` that came last.

    They are kept in parts, and forgotten a part at a time: taking single ones out of one large
    table would make it be built anew again and again, and nobody would be served meanwhile.
    Nothing is known of a place from `end` on.
    """

    def __init__(self, most: int = MOST) -> None:
        self._part = max(1, most // PARTS)
        self._parts: list[dict[Identity, Place]] = [{}]
        self.end = math.inf

    def before(self, end: Place) -> "Recent":
        """The same of events that lie before a place: no event repeats a later one, or itself."""
        earlier = copy(self)
        earlier.end = end
        return earlier

    def place(self, identity: Identity) -> Place | None:
        """Where the event lies that came first under an identity; None where none is known."""
        for part in self._parts:
            if (place := part.get(identity)) is not None:
                return place if place < self.end else None
        return None

    def knows_any(self, identities: Collection[Identity]) -> bool:
        """Whether an event is known under one of these identities."""
        return any(not part.keys().isdisjoint(identities) for part in self._parts) and (
            self.end == math.inf or any(self.place(each) is not None for each in identities)
        )

    def add(self, new: Mapping[Identity, Place]) -> None:
        """Remember events under whose identity nothing was known a moment ago."""
        newest = self._parts[0]
        newest.update(new)
        if len(newest) >= self._part:
            self._parts = [{}, *self._parts[:PARTS]]
