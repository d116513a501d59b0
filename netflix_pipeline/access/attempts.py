"""Throttles attempts: counted before they cost anything, in bounded memory."""

from collections import OrderedDict
from hashlib import blake2b
from time import monotonic

from netflix_pipeline.errors import Transient

KEPT = 65_536
"""Counts that are kept, some 10 MiB; of more the oldest are forgotten."""


class TooManyAttempts(Transient):
    """More was tried than may be; `wait` are the seconds until it may be tried again."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait
        self.headers = {"Retry-After": str(wait)}


class Attempts:
    """`most` within `seconds` from the first of them; by what is tried, and who tries it."""

    def __init__(self, most: int, seconds: float, kept: int = KEPT) -> None:
        self._most = most
        self._seconds = seconds
        self._kept = kept
        # When it began, and how many since: the oldest first.
        self._counts: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def add(self, *what: str) -> int:
        """Count one more; 0 where it may be made, else the seconds to wait."""
        now = monotonic()
        while self._counts and now - next(iter(self._counts.values()))[0] >= self._seconds:
            self._counts.popitem(last=False)
        name = _name(what)
        began, count = self._counts.get(name, (now, 0))
        if count >= self._most:
            return max(1, round(began + self._seconds - now))
        self._counts[name] = began, count + 1
        if len(self._counts) > self._kept:
            self._counts.popitem(last=False)
        return 0

    def undo(self, *what: str) -> None:
        """Take one back: it was no wrong one."""
        name = _name(what)
        began, count = self._counts.get(name, (0.0, 0))
        if count > 1:
            self._counts[name] = began, count - 1
        else:
            self._counts.pop(name, None)

    def __len__(self) -> int:
        """How many counts are kept."""
        return len(self._counts)


def _name(what: tuple[str, ...]) -> bytes:
    """As long for any text, and none within another."""
    parts = (part.encode("utf-8", "surrogatepass") for part in what)
    return blake2b(
        b"".join(b"%d:%s" % (len(part), part) for part in parts), digest_size=16
    ).digest()
