"""Takes the events of a request: judged, written durably, made visible, and only then answered."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from heapq import nsmallest

from netflix_pipeline.errors import ends_one
from netflix_pipeline.receiving.follower import Follower
from netflix_pipeline.receiving.validate_events import Judged, Reading, theirs, together

log = logging.getLogger(__name__)

TOLD, LONGEST = 20, 64
"""Unknown names of a request that are told, and characters of each."""


@dataclass(frozen=True)
class Received:
    """What became of the events of a request, and when it came in.

    `ignored` are names in them that no event of its type has: the first ones, in order.
    """

    received_at: datetime
    judged: Judged
    begun: float
    """When, by a clock that nobody sets."""
    ignored: tuple[str, ...]


class Receiver:
    """Takes events into the log that is followed. To be used from one event loop."""

    def __init__(
        self, follower: Follower, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._follower = follower
        self._now = now
        # Records whose writing ended, and who waits for that.
        self._written: deque[tuple[Received, Future[int], asyncio.Future[None]]] = deque()
        self._called = False

    async def receive(self, texts: Sequence[bytes], traceparent: str | None = None) -> Received:
        """Take events; returns once all that is told to be kept is durable.

        `texts` are what `cut` gives; `traceparent` is the context of the request's trace, which is
        kept with them. Raises LogUnavailable or StorageFull when they could not be written: then
        nothing of the request is kept.
        """
        received_at, begun = self._now(), time.monotonic()
        follower = self._follower
        persons, recent = follower.erased(), follower.recent
        reading = Reading(texts, received_at, follower.oldest)
        refused = theirs(texts, persons) if persons and reading.may_be_of(persons) else {}
        if refused:
            texts = [text for at, text in enumerate(texts) if at not in refused]
            reading = Reading(texts, received_at, follower.oldest)
        verdicts = reading.all_new(recent)
        if verdicts is None:
            verdicts = await asyncio.to_thread(reading.judged, recent, follower.originals)
        if refused:
            verdicts.results = together(verdicts.results, refused)
        ignored = tuple(nsmallest(TOLD, {name[:LONGEST] for name in reading.ignored}))
        received = Received(received_at, verdicts, begun, ignored)
        if verdicts.kept:
            loop = asyncio.get_running_loop()
            waiting = loop.create_future()
            future = follower.append(received_at, verdicts.kept, traceparent)
            future.add_done_callback(partial(self._done, loop, received, waiting))
            await waiting
        return received

    def _done(
        self,
        loop: asyncio.AbstractEventLoop,
        received: Received,
        waiting: asyncio.Future[None],
        future: Future[int],
    ) -> None:
        """Called by the log's thread: the event loop is woken once for all that is written."""
        self._written.append((received, future, waiting))
        if not self._called:
            self._called = True
            loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """Make visible what is written, and tell those who wait, if they still do."""
        self._called = False
        while self._written:
            received, future, waiting = self._written.popleft()
            error = future.exception()
            if error is None:
                self._show(received, future.result())
            if waiting.done():
                continue
            if error is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(error)

    def _show(self, received: Received, offset: int) -> None:
        """Make it visible. It is durable, and told to be, also where that fails."""
        try:
            seconds = time.monotonic() - received.begun
            self._follower.own(offset, received.received_at, received.judged, seconds)
        except BaseException as error:
            if not ends_one(error):
                raise
            log.exception("record %d of the log of events is not shown", offset)
