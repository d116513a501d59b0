"""Persons who are erased, or are about to be: nothing is told of them any more.

Whoever marks them, this process knows within `LOOK_EVERY` seconds; of a mark that it sets itself at
once. What is asked of a person is then answered with `Erased`, and rows of others' lists go without
them until the snapshot does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fastapi import Request

from netflix_pipeline.background import repeating
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    NOBODY,
    Audit,
    ErasureMark,
    Erasures,
    Marked,
    OpenStore,
    StateUnavailable,
)

LOOK_EVERY = 1.0
GRACE = 30.0
"""Seconds for which it need not be known anew who is erased."""
PATIENCE = 5.0
"""Seconds that the database may take; who waits for it keeps nobody else from being answered."""
THREADS = 4


T = TypeVar("T")


class Erased(PipelineError):
    """The person was erased, or is about to be."""


class ErasedPersons:
    """Who is marked as erased, as of the last look; `digest` tells one state of it from another.

    It is the same in each process and on each machine: answers are kept for all of them.
    """

    def __init__(self, settings: Settings) -> None:
        self.persons: Marked = NOBODY
        self.digest = ""
        self._stores = OpenStore(
            settings, lambda engine: (Erasures(engine, settings), Audit(engine))
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="state")
        self._jobs: set[Future[Any]] = set()

    def refuse(self, user_id: str) -> None:
        """Raise Erased when nothing may be told of the person."""
        if user_id in self.persons:
            raise Erased(
                "this person was erased, or is about to be: nothing is told of them. When it is "
                "complete, /users/{id}/erasure says."
            )

    @property
    def pending(self) -> Persons:
        """Those of whom something may still be there."""
        return self.persons.pending

    def __contains__(self, user_id: str) -> bool:
        return user_id in self.persons

    async def mark(self, user_id: str, actor: str) -> ErasureMark:
        """Mark a person as to be erased, and write that down; once, however often it is asked."""
        mark = await self._asked(lambda: self._mark(user_id, actor))
        await self.look()
        return mark

    async def mark_of(self, user_id: str) -> ErasureMark | None:
        """When the person was marked; None for who is not."""
        if user_id not in self.persons:
            return None
        return await self._asked(lambda: self._stores.get()[0].of(user_id))

    async def note(self, actor: str, action: str, user_id: str) -> None:
        """Write down in the audit what was done with a person's data."""

        def write() -> None:
            erasures, audit = self._stores.get()
            audit.record(actor, action, erasures.pseudonym(user_id))

        await self._asked(write)

    async def look(self) -> None:
        """Look at the marks."""
        marked = await self._asked(
            lambda: self._stores.looked_up(lambda stores: stores[0].persons(), NOBODY)
        )
        if not marked.is_as(self.persons):
            self.persons = marked
            self.digest = marked.digest()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Look again and again meanwhile."""
        try:
            async with repeating("erased", self.look, LOOK_EVERY, grace=GRACE):
                yield
        finally:
            await asyncio.to_thread(wait, set(self._jobs), PATIENCE)
            self._stores.close()

    async def _asked(self, work: Callable[[], T]) -> T:
        """What the database says to this, in threads that nothing else needs."""
        job = self._threads.submit(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(job)
        except TimeoutError:
            raise StateUnavailable(
                f"the database of state did not answer within {PATIENCE:g} s: it is not known "
                "whether this was done. Ask again in a moment; to ask twice does no harm."
            ) from None

    def _mark(self, user_id: str, actor: str) -> ErasureMark:
        erasures, _ = self._stores.get()
        erasures.mark([user_id], actor=actor)
        mark = erasures.of(user_id)
        assert mark is not None
        return mark


async def tell_of(request: Request) -> None:
    """Raise Erased when the person that the path names must not be told of."""
    request.app.state.erased.refuse(request.path_params["user_id"])


def actor(request: Request) -> str:
    """Who asks, as the audit names them: the id of their key, or `api` without one."""
    return getattr(request.state, "key_id", "") or "api"
