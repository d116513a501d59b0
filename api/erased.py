"""Persons who are erased, or are about to be: nothing is told of them any more.

Whoever marks them, this process knows within `LOOK_EVERY` seconds; of a mark that it sets itself at
once. What is asked of a person is then answered with `Erased`, and rows of others' lists go without
them until the snapshot does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import Request

from netflix_pipeline.background import repeating
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.serving import Page, Play
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import NOBODY, Erasures, Mark, Marked, open_state, state_exists
from netflix_pipeline.state.audit import Audit

LOOK_EVERY = 1.0
GRACE = 30.0
"""Seconds for which it need not be known anew who is erased."""
ERASED = "erase"
"""How the audit calls the request for an erasure."""


class Erased(PipelineError):
    """The person was erased, or is about to be."""


class ErasedPersons:
    """Who is marked as erased, as of the last look; `changes` counts how often that changed."""

    def __init__(self, settings: Settings) -> None:
        self.persons: Marked = NOBODY
        self.changes = 0
        self._settings = settings
        self._erasures: Erasures | None = None
        self._audit: Audit | None = None
        self._opening = threading.Lock()
        self._changed: Callable[[], None] = lambda: None

    def refuse(self, user_id: str) -> None:
        """Raise Erased when nothing may be told of the person."""
        if user_id in self.persons:
            raise Erased(
                "this person was erased, or is about to be: nothing is told of them. When it is "
                "complete, /users/{id}/erasure says."
            )

    def without(self, page: Page[tuple[Play, ...]]) -> Page[tuple[Play, ...]]:
        """The page without the rows of those who are still in the snapshot."""
        if not self.persons:
            return page
        kept = tuple(play for play in page.data if play.user_id not in self.persons)
        return page.model_copy(update={"data": kept})

    async def mark(self, user_id: str, actor: str) -> Mark:
        """Mark a person as to be erased, and write that down; once, however often it is asked."""
        mark = await asyncio.to_thread(self._mark, user_id, actor)
        await self.look()
        return mark

    async def mark_of(self, user_id: str) -> Mark | None:
        """When the person was marked; None for who is not."""
        if user_id not in self.persons:
            return None
        return await asyncio.to_thread(lambda: self._opened().of(user_id))

    async def note(self, actor: str, action: str, user_id: str) -> None:
        """Write down in the audit what was done with a person's data."""

        def write() -> None:
            subject = self._opened().pseudonym(user_id)
            assert self._audit is not None
            self._audit.record(actor, action, subject)

        await asyncio.to_thread(write)

    async def look(self) -> None:
        """Look at the marks."""
        found = await asyncio.to_thread(self._found)
        if not found.is_as(self.persons):
            self.persons = found
            self.changes += 1
            self._changed()

    def following(self, changed: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Look again and again meanwhile; `changed` is called whenever somebody was marked."""
        self._changed = changed
        return repeating("erased", self.look, LOOK_EVERY, grace=GRACE)

    def _mark(self, user_id: str, actor: str) -> Mark:
        erasures = self._opened()
        fresh = erasures.mark([user_id])
        if fresh:
            assert self._audit is not None
            self._audit.record(actor, ERASED, erasures.pseudonym(user_id))
        mark = erasures.of(user_id)
        assert mark is not None
        return mark

    def _found(self) -> Marked:
        if self._erasures is None and not state_exists(self._settings):
            return NOBODY  # to look makes nothing
        return self._opened().persons()

    def _opened(self) -> Erasures:
        with self._opening:
            if self._erasures is None:
                engine = open_state(self._settings)
                self._audit = Audit(engine)
                self._erasures = Erasures(engine, self._settings)
            return self._erasures


async def tell_of(request: Request) -> None:
    """Raise Erased when the person that the path names must not be told of."""
    erased: ErasedPersons = request.app.state.erased
    erased.refuse(request.path_params["user_id"])


def actor(request: Request) -> str:
    """Who asks, as the audit names them: the id of their key, or `api` without one."""
    return getattr(request.state, "key_id", "") or "api"
