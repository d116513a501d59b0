"""Query executor: threads in which queries run, with a queue and deadlines."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeVar

from netflix_pipeline.errors import PipelineError, Transient, panics_raised
from netflix_pipeline.serving import CancellableQuery

STOP_EVERY = 0.05
"""Seconds between two tries to stop a query."""

T = TypeVar("T")


class TooManyQuestions(Transient):
    """As many questions wait as may, or one waited so long that its time was over."""


class TooSlowQuery(PipelineError):
    """The query did not end within its time: ask for less."""


class QueryExecutor:
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
        asking = CancellableQuery()
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

    def _timed(self, asking: CancellableQuery, work: Callable[[], T]) -> T:
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


async def _stop(asking: CancellableQuery, future: asyncio.Future[Any]) -> None:
    while not future.done():
        asking.stop()
        await asyncio.sleep(STOP_EVERY)
