"""Counts within a window of time, in this process."""

from collections import Counter


class Windows:
    """Counts by name within the current window.

    The library's own counter in memory starts a thread every ten milliseconds to forget what is
    over, 20 µs a request at 2 000 requests a second; forgetting all at once costs nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._window = -1
        self._counts: Counter[str] = Counter()

    def add(self, name: str, now: float, amount: int = 1) -> int:
        """The count of that name in the window of `now`, with this."""
        window = int(now / self._seconds)
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[name] += amount
        return self._counts[name]
