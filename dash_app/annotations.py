"""What people put in, at hand: read from state now and then, so that no view waits for it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from functools import partial

from netflix_pipeline.background import repeating
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    NOBODY,
    Annotation,
    Annotations,
    Marked,
    StateUnavailable,
    annotations_of,
    erased_persons,
    opened,
)

LOOK_EVERY = 1.0
"""Seconds after which what others wrote is seen, and who is erased is not."""
GRACE = 30.0
"""Seconds for which it need not be known anew who is erased."""


class Notebook:
    """The annotations of a home, and who is erased from it, or is about to be.

    `revision` changes with them; it is empty while there are none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pages: Sequence[Annotation] = ()
        self.erased: Marked = NOBODY
        self.revision = ""

    def look(self) -> None:
        """Read them anew. Raises StateUnavailable: those at hand stay as they were."""
        pages = annotations_of(self._settings)
        erased = erased_persons(self._settings)
        content = repr(pages).encode()
        self.revision = hashlib.blake2b(content, digest_size=4).hexdigest() if pages else ""
        self.revision += erased.digest()
        self.pages, self.erased = pages, erased

    def add(self, day: date, text: str, kind: str, author: str) -> None:
        """Write one. Raises BadInput and StateUnavailable."""
        with opened(self._settings) as engine:
            Annotations(engine).add(day, text, kind, author)
        self._look_at_it()

    def remove(self, number: int) -> None:
        """Take one away. Raises NoAnnotation and StateUnavailable."""
        with opened(self._settings) as engine:
            Annotations(engine).remove(number)
        self._look_at_it()

    def _look_at_it(self) -> None:
        with suppress(StateUnavailable):  # it is written: whoever follows will see it
            self.look()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Look now and then meanwhile, off the event loop."""
        await asyncio.to_thread(self.look)
        look = partial(asyncio.to_thread, self.look)
        async with repeating("notebook", look, LOOK_EVERY, grace=GRACE):
            yield
