"""When each event is sent, and what time it then bears."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.ids import derived_id
from netflix_pipeline.replaying.recording import Event

MOST = 500
"""Events of a request."""
TOGETHER = 0.1
"""Seconds within which events go together."""

OWN_IDS = ("event_id", "playback_id")


class Pace:
    """Times between events are divided by `speed`; infinity is as fast as it goes.

    `times` are the events' own, ascending, in microseconds.
    """

    def __init__(self, times: NDArray[np.int64], speed: float) -> None:
        self.at_once = math.isinf(speed)
        self._due = (times - times[0]) / 1e6 / speed

    def end(self, begin: int) -> int:
        """The end of the request that begins with the event at that place."""
        due = self._due[begin : begin + MOST]
        return begin + int(np.searchsorted(due, due[0] + TOGETHER, side="right"))

    def due(self, place: int) -> float:
        """Seconds from the beginning to when the event at that place has happened."""
        return float(self._due[place])

    def offsets(self, begin: int, end: int, elapsed: float) -> Sequence[float]:
        """Seconds from the beginning to the time that each event bears when it is shifted.

        As fast as it goes there is no time between events: they bear the moment of sending, a
        microsecond apart, so that they stay in order.
        """
        if self.at_once:
            return [elapsed + place * 1e-6 for place in range(end - begin)]
        offsets: list[float] = self._due[begin:end].tolist()
        return offsets


def shifted(events: Sequence[Event], begun: datetime, offsets: Sequence[float]) -> list[Event]:
    """The events as if they happened `offsets` seconds after `begun`, a moment in UTC.

    They are other events then, with ids of their own; the same ones each time for one `begun`. Of
    an event whose source only knows the day only the day is kept.
    """
    moved = []
    for event, offset in zip(events, offsets, strict=True):
        at = begun + timedelta(seconds=offset)
        if event.get("time_precision") == "day":
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        own = {
            name: derived_id(begun.isoformat(), event[name]) for name in OWN_IDS if name in event
        }
        moved.append(event | own | {"event_time": at})
    return moved
