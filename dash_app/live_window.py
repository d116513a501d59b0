"""What is known of now: the last hour of events, as this process follows them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from netflix_pipeline.receiving import Follower
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.receiving.rolling_window import minute_of

PACE = 0.25
"""Seconds between two states that differ: a page is drawn no oftener."""
EACH = 0.02
"""Seconds between two states for each page that is open: many do not keep all others waiting."""


@dataclass(frozen=True)
class CatchingUp:
    """Nothing can be told yet: the last hour is being read, which `progress` tells of.

    It is empty where nobody ever sent an event; `problem` says why events cannot be read.
    """

    progress: str = ""
    problem: str | None = None


class Now:
    """What happens, for pages that change by themselves; `address` is where events are sent.

    For many threads.
    """

    def __init__(
        self,
        follower: Follower | None = None,
        address: str = "http://127.0.0.1:8000/events",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.address = address
        self._follower = follower
        self._clock = clock
        self._stamp = ""
        self._changed = float("-inf")
        self._listeners = 0

    @property
    def minute(self) -> str:
        """Another word each minute."""
        return str(minute_of(self._clock()))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count a page that is open. Belongs to one event loop."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1

    @property
    def pace(self) -> float:
        """Seconds between two states that differ."""
        return max(PACE, EACH * self._listeners)

    @property
    def stamp(self) -> str:
        """Another word whenever something else is to be told, but not before the `pace` is over."""
        if time.monotonic() - self._changed >= self.pace:
            stamp = self._current()
            if stamp != self._stamp:
                self._stamp, self._changed = stamp, time.monotonic()
        return self._stamp

    def read(self) -> Live | CatchingUp:
        """The last hour, without the names of its titles."""
        follower = self._follower
        if follower is None:
            return CatchingUp()
        if not follower.caught_up:
            return CatchingUp(follower.progress, follower.problem)
        return follower.view.read(self._clock())

    def _current(self) -> str:
        if self._follower is None or not self._follower.caught_up:
            return str(hash(self.read()))
        return f"{self._follower.position}-{self.minute}"
