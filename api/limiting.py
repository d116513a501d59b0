"""How much one client may send: events in a second, by address."""

from __future__ import annotations

import time
from collections import Counter

from fastapi import Request

from netflix_pipeline.errors import Transient


class TooManyRequests(Transient):
    """A client sends more than it may; `wait` are the seconds until it may again."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class EventLimits:
    """Counts the events that each client sends within a second, in this process."""

    def __init__(self, per_second: int) -> None:
        self._most = per_second
        self._second = 0
        self._sent: Counter[str] = Counter()

    def take(self, request: Request, events: int) -> None:
        """Count events; TooManyRequests when the client's share of this second is used up."""
        if not self._most:
            return
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._sent.clear()
        client = request.scope.get("client")
        name = client[0] if client else ""
        if self._sent[name] + events > self._most:
            raise TooManyRequests(
                f"one client may send {self._most:,} events a second: nothing of this request was "
                "kept; send it again in a second.",
                wait=1,
            )
        self._sent[name] += events
