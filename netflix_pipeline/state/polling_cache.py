"""Polling cache: what the database of state holds, in memory as of less than a second ago.

All of it is read at once beside requests, about twice a second while some come: none waits for a
database that answers, and how many come makes no difference to it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from netflix_pipeline.background import repeating
from netflix_pipeline.errors import Transient

AHEAD, FRESH = 0.4, 0.8
"""Seconds after which it is read again beside requests, and after which those wait for it."""
PATIENCE, FIRST = 0.25, 2.0
"""Seconds that a request waits for a database that does not answer: while what is held still tells,
and where it does not: nothing was read yet, nobody asked for long, or it wants a newer reading."""
GRACE = 30.0
"""Seconds for which holds what cannot be read again."""
LOOK_EVERY = 1.0
"""Seconds between two readings while nobody asks."""
TOLD_AFTER = 15.0
"""Seconds that a reading may take before it is told that it hangs."""

Read = TypeVar("Read")


class NotCurrent(Transient):
    """The database of state cannot be read just now, and what is in memory does not tell."""


class PollingCache(Generic[Read]):
    """What `read` gives, run in a thread. Only the event loop's thread asks it.

    `what` names it, also as a background task; `apart` are the seconds between the beginnings of
    two readings.
    """

    def __init__(self, read: Callable[[], Read], what: str, apart: float = AHEAD) -> None:
        self._read = read
        self._what = what
        self._apart = apart
        self._held: Read | None = None
        self._begun_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self.read_at = float("-inf")
        """When the reading began that told what is held, by the monotonic clock."""

    async def get(self) -> Read:
        """What is held: of a second ago, of `GRACE` where it cannot be read. Raises NotCurrent."""
        age = time.monotonic() - self.read_at
        if age > AHEAD:
            reading = self._begin()
            if age > FRESH:
                tells = time.monotonic() - self.read_at <= GRACE
                await self._wait(reading, PATIENCE if tells else FIRST)
        return self._told()

    async def anew(self) -> Read:
        """What a reading tells that began after this was asked for. Raises NotCurrent.

        All share it who ask for one meanwhile.
        """
        began = time.monotonic()
        if self._reading is not None:
            await self._wait(self._reading, FIRST)  # it may miss what was written as it began
        await asyncio.sleep(self._begun_at + self._apart - time.monotonic())
        await self._wait(self._begin(began), FIRST)
        return self._told(began)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Meanwhile, once somebody asked, it is read now and then, also while nobody does.

        When it ends, so has the reading that was under way.
        """
        looking = repeating(self._what, self._look, LOOK_EVERY, grace=GRACE, patience=TOLD_AFTER)
        async with looking:
            yield
        if self._reading is not None and not self._reading.done():
            await asyncio.wait((self._reading,), timeout=GRACE)

    async def _look(self) -> None:
        if self._begun_at > float("-inf"):
            # Not ended with this: requests wait for it too.
            await asyncio.shield(self._begin())
        if self._failure is not None:
            raise self._failure

    def _told(self, since: float = float("-inf")) -> Read:
        """What is held, where it was read since then and is not too old. Raises NotCurrent."""
        if self._held is None or self.read_at < max(since, time.monotonic() - GRACE):
            raise NotCurrent(f"{self._what} cannot be read just now: try again in a moment.")
        return self._held

    def _begin(self, since: float = float("-inf")) -> asyncio.Task[None]:
        """A reading that is under way, or has just ended; none that ended and began before then."""
        over = self._begun_at < since or time.monotonic() - self._begun_at >= self._apart
        if self._reading is None or (self._reading.done() and over):
            self._begun_at = time.monotonic()
            self._reading = asyncio.create_task(self._read_now())
        return self._reading

    async def _wait(self, reading: asyncio.Task[None], patience: float) -> None:
        if not reading.done():  # what has ended may be of an event loop that is closed
            await asyncio.wait((reading,), timeout=patience)

    async def _read_now(self) -> None:
        begun = self._begun_at
        try:
            self._held = await asyncio.to_thread(self._read)
        except Exception as error:  # noqa: BLE001 - told by `following`
            self._failure = error
        else:
            self._failure = None
            self.read_at = begun
