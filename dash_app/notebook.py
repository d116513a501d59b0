"""What people put in, at hand: read from state now and then, so that no view waits for it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    NOBODY,
    Annotation,
    Annotations,
    Marked,
    annotations_of,
    erased_persons,
    open_state,
)

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds after which what others wrote is seen."""


class Notebook:
    """The annotations of a home, and who is erased from it, or is about to be.

    `revision` changes with them; it is empty while there are none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failing = False
        self.pages: Sequence[Annotation] = ()
        self.erased: Marked = NOBODY
        self.revision = ""

    def look(self) -> None:
        """Read them anew. Those at hand stay where state cannot be read just now."""
        try:
            pages = annotations_of(self._settings)
            erased = erased_persons(self._settings)
        except PipelineError as error:
            if not self._failing:
                log.warning("annotations, and who is erased, stay as they were: %s", error)
            self._failing = True
            return
        self._failing = False
        told = repr(pages).encode()
        self.revision = hashlib.blake2b(told, digest_size=4).hexdigest() if pages else ""
        self.revision += erased.digest()
        self.pages, self.erased = pages, erased

    def add(self, day: date, text: str, kind: str, author: str) -> None:
        """Write one. Raises BadInput and StateUnavailable."""
        engine = open_state(self._settings)
        try:
            Annotations(engine).add(day, text, kind, author)
        finally:
            engine.dispose()
        self.look()

    def remove(self, number: int) -> None:
        """Take one away. Raises NoAnnotation and StateUnavailable."""
        engine = open_state(self._settings)
        try:
            Annotations(engine).remove(number)
        finally:
            engine.dispose()
        self.look()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Look now and then meanwhile, off the event loop."""
        await asyncio.to_thread(self.look)
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(self.look)
