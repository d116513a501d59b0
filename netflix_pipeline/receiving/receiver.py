"""Takes the events of a request: judged, written durably, made visible, and only then answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from netflix_pipeline.errors import ends_one
from netflix_pipeline.receiving.erasure_filter import theirs, together
from netflix_pipeline.receiving.tail import Tail
from netflix_pipeline.receiving.validate_events import (
    Judged,
    LeftOut,
    all_new,
    carefully,
    known,
    plainly,
    sorted_out,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """What became of the events of a request, and when it came in."""

    received_at: datetime
    judged: Judged
    begun: float
    """When, by a clock that nobody sets."""


@dataclass(frozen=True)
class _WrittenRecord:
    """A record whose writing ended, and who waits for that."""

    received: Received
    future: Future[int]
    waiting: asyncio.Future[None]


class Receiver:
    """Takes events into the log that a tail follows. To be used from one event loop."""

    def __init__(self, tail: Tail, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tail = tail
        self._now = now
        self._written: deque[_WrittenRecord] = deque()
        self._called = False

    async def receive(self, texts: Sequence[bytes]) -> Received:
        """Take events; returns once all that is told to be kept is durable.

        `texts` are what `cut` gives. Raises LogUnavailable or StorageFull when they could not be
        written: then nothing of the request is kept.
        """
        received_at, begun = self._now(), time.monotonic()
        persons = self._tail.erased()
        refused = theirs(texts, persons) if persons else {}
        if refused:
            texts = [text for at, text in enumerate(texts) if at not in refused]
        read, others = plainly(texts, received_at, self._tail.oldest)
        left_out: LeftOut = {}
        if others:
            left_out = await asyncio.to_thread(
                carefully, texts, others, received_at, read, self._tail.oldest
            )
        recent = self._tail.recent
        verdicts = all_new(texts, read, recent, left_out)
        if verdicts is None:
            places = known(read, recent)
            originals = await asyncio.to_thread(self._tail.originals, places) if places else {}
            verdicts = sorted_out(texts, read, recent, originals, left_out)
        if refused:
            verdicts.results = together(verdicts.results, refused)
        received = Received(received_at, verdicts, begun)
        if verdicts.kept:
            loop = asyncio.get_running_loop()
            waiting = loop.create_future()
            future = self._tail.append(received_at, verdicts.kept)
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
        self._written.append(_WrittenRecord(received, future, waiting))
        if not self._called:
            self._called = True
            loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """Make visible what is written, and tell those who wait, if they still do."""
        self._called = False
        while self._written:
            one = self._written.popleft()
            error = one.future.exception()
            if error is None:
                self._show(one)
            if one.waiting.done():
                continue
            if error is None:
                one.waiting.set_result(None)
            else:
                one.waiting.set_exception(error)

    def _show(self, one: _WrittenRecord) -> None:
        """Make it visible. It is durable, and told to be, also where that fails."""
        received, offset = one.received, one.future.result()
        try:
            seconds = time.monotonic() - received.begun
            self._tail.own(offset, received.received_at, received.judged, seconds)
        except BaseException as error:
            if not ends_one(error):
                raise
            log.exception("record %d of the log of events is not shown", offset)
