"""How questions get their turn: threads for queries, deadlines, one computation for many askers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from netflix_pipeline.errors import PipelineError, Transient, panics_raised
from netflix_pipeline.serving import Asking

STOP_EVERY = 0.05
"""Seconds between two tries to stop a query."""
PATIENCE = 0.05
"""Seconds after which an asker that still waits is watched: most have their answer by then."""

T = TypeVar("T")


class TooManyQuestions(Transient):
    """As many questions wait as may, or one waited so long that its time was over."""


class TooSlowQuery(PipelineError):
    """The query did not end within its time: ask for less."""


class QueryThreads:
    """Threads in which queries run: so many at a time, so many waiting, each so many seconds.

    `took` is told how many seconds each had its thread.
    """

    def __init__(
        self,
        threads: int,
        waiting: int,
        seconds: float,
        took: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._took = took
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="query")
        self._most = threads + waiting
        self._seconds = seconds
        self._stopping: set[asyncio.Task[None]] = set()
        self.taken = 0
        """Questions that run or wait."""

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives in a thread; cancelling stops its query.

        Raises TooManyQuestions and TooSlowQuery.
        """
        if self.taken >= self._most:
            raise TooManyQuestions(
                "as many questions wait for an answer as may: ask again in a moment."
            )
        asking = Asking()
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, asking, work)
        self.taken += 1
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(future)
        except TimeoutError:
            if asking.begun:
                raise TooSlowQuery(
                    f"no answer within {self._seconds:g} s, so the query was stopped: ask for "
                    "fewer days, or with fewer filters and parts."
                ) from None
            raise TooManyQuestions(
                f"the question waited {self._seconds:g} s for its turn: ask again in a moment."
            ) from None
        finally:
            if not future.done():
                task = asyncio.create_task(_stop(asking, future))
                self._stopping.add(task)
                task.add_done_callback(self._stopping.discard)

    def _timed(self, asking: Asking, work: Callable[[], T]) -> T:
        begun = perf_counter()
        try:
            with panics_raised():
                return asking.answer(work)
        finally:
            self._took(perf_counter() - begun)

    def _done(self, future: asyncio.Future[Any]) -> None:
        self.taken -= 1
        if not future.cancelled():
            future.exception()  # nobody may be left who would hear of it

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _stop(asking: Asking, future: asyncio.Future[Any]) -> None:
    while not future.done():
        asking.stop()
        await asyncio.sleep(STOP_EVERY)


@dataclass
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    askers: int = 0


class Flights(Generic[T]):
    """One computation for all who ask the same at the same time."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def join(
        self, key: str, begin: Callable[[], Coroutine[Any, Any, T]], receive: Receive
    ) -> T:
        """What `begin` gives, or the one that began for this key gives.

        It is cancelled when everybody who waits for it has left; ClientDisconnect then.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(begin()))
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
        flight.askers += 1
        try:
            await asyncio.wait((flight.task,), timeout=PATIENCE)
            if not flight.task.done():
                await _done_or_left(flight.task, receive)
            return flight.task.result()
        finally:
            flight.askers -= 1
            if not flight.askers and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _done_or_left(task: asyncio.Task[Any], receive: Receive) -> None:
    watch = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    if not task.done():
        raise ClientDisconnect


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
