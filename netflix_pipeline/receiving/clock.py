"""The time of day, and when somebody set it: by NTP, by hand, or while the machine slept."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

STEP = 2.0
"""Seconds by which the clock must have been set between two looks: less is lived with."""


class Clock:
    """The time of day, compared with a clock that only ever goes forward."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now = now
        self._steady = steady
        self._apart = self._difference()

    def was_set(self) -> bool:
        """Whether the time was set since this was asked last."""
        before, self._apart = self._apart, self._difference()
        return abs(self._apart - before) > STEP

    def _difference(self) -> float:
        return self.now().timestamp() - self._steady()
