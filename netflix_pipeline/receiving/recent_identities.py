"""The events that came in last, by identity: a quick and nearly always right word on duplicates.

Nothing depends on it but what a sender is told at once: the drain decides by all that is stored.
"""

import math
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import UTC
from itertools import repeat

import numpy as np
import numpy.typing as npt

from netflix_pipeline.sources.formats.http_events import Event
from netflix_pipeline.sources.formats.plain_batches import PlainEvents

MOST = 1_000_000
"""Identities that are remembered."""
WAYS = 16
"""Identities of a bucket."""
FEW = 24
"""Identities that are quicker looked up one by one."""

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

    They lie in buckets, and the oldest of a bucket gives way: so the room is the same from the
    beginning, and nobody waits while a table is built anew. There is room for twice the `most`, so
    only one in a thousand is forgotten early, because chance filled its bucket. Nothing is known of
    a place from `end` on.
    """

    def __init__(self, most: int = MOST) -> None:
        self._buckets = buckets = -(-2 * most // WAYS)
        self._names: npt.NDArray[np.int64] = np.zeros((buckets, WAYS), np.int64)
        # 0 where nothing lies: the first record's offset is 1.
        self._places: npt.NDArray[np.int64] = np.zeros((buckets, WAYS), np.int64)
        self._next: npt.NDArray[np.uint8] = np.zeros(buckets, np.uint8)
        self.end = math.inf

    def before(self, end: Place) -> "Recent":
        """The same of events that lie before a place: no event repeats a later one, or itself."""
        earlier = copy(self)
        earlier.end = end
        return earlier

    def place(self, identity: Identity) -> Place | None:
        """Where the event lies that came first under an identity; None where none is known."""
        bucket = identity % self._buckets
        names = self._names[bucket].tolist()
        if identity not in names:
            return None
        places = self._places[bucket].tolist()
        known = [place for name, place in zip(names, places, strict=True) if name == identity]
        return min((place for place in known if 0 < place < self.end), default=None)

    def knows_any(self, identities: Sequence[Identity]) -> bool:
        """Whether an event is known under one of these identities."""
        if len(identities) > FEW:
            names = np.array(identities, np.int64)
            known = self._names.take(names % self._buckets, axis=0) == names[:, None]
            identities = names[known.any(axis=1)].tolist() if known.any() else ()
        return any(self.place(each) is not None for each in identities)

    def add(self, identities: Sequence[Identity], places: Sequence[Place]) -> None:
        """Remember events, of whose identities nothing was known a moment ago, and their places."""
        if len(identities) <= FEW:
            for name, place in zip(identities, places, strict=True):
                bucket = name % self._buckets
                way = int(self._next[bucket])
                # Whoever finds a name meanwhile finds its place.
                self._places[bucket, way] = place
                self._names[bucket, way] = name
                self._next[bucket] = (way + 1) % WAYS
            return
        names, at = np.array(identities, np.int64), np.arange(len(identities))
        buckets = names % self._buckets
        order = np.argsort(buckets, kind="stable")
        buckets = buckets[order]
        # How many of these come into the same bucket before each.
        begins = np.concatenate(([True], buckets[1:] != buckets[:-1]))
        ways = self._next[buckets] + at - np.maximum.accumulate(np.where(begins, at, 0))
        self._places[buckets, ways % WAYS] = np.array(places, np.int64)[order]
        self._names[buckets, ways % WAYS] = names[order]
        self._next[buckets] = (ways + 1) % WAYS
