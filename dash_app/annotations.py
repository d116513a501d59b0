"""What people put in: at hand, so that no view waits for it; added and removed by plain forms."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from functools import partial

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dash_app import forms
from dash_app.access import visitor
from dash_app.panels.notes import ADD, REMOVE
from netflix_pipeline.background import repeating
from netflix_pipeline.errors import BadInput, PipelineError
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
Refusal = Callable[[str, str, int], HTMLResponse]
"""The document that says why not, and leads back to an address, with its status."""


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


class Annotating:
    """The routes of its forms. Who signed in is the author."""

    def __init__(self, notebook: Notebook, refusal: Refusal) -> None:
        self._notebook = notebook
        self._refusal = refusal

    def add_to(self, server: FastAPI) -> None:
        """Put the routes in place."""
        server.add_api_route(ADD, self.add, methods=["POST"], include_in_schema=False)
        server.add_api_route(REMOVE, self.remove, methods=["POST"], include_in_schema=False)

    async def add(self, request: Request) -> Response:
        """Add what a form says."""
        form = await forms.form_fields(request)

        who = visitor()
        author = who.name if who else ""

        def add() -> None:
            try:
                day = date.fromisoformat(form.get("day", ""))
            except ValueError as error:
                raise BadInput("choose the day that you want to say something about.") from error
            self._notebook.add(day, form.get("text", ""), form.get("kind", ""), author)

        return await self._done(add, form)

    async def remove(self, request: Request) -> Response:
        """Remove the one that a form names."""
        form = await forms.form_fields(request)
        number = form.get("id", "")

        def remove() -> None:
            if not number.isascii() or not number.isdigit() or len(number) > 9:
                raise BadInput("no annotation is named: use the button beside it.")
            self._notebook.remove(int(number))

        return await self._done(remove, form)

    async def _done(self, work: Callable[[], None], form: dict[str, str]) -> Response:
        back = forms.inside(form.get("back", "/"))
        try:
            await run_in_threadpool(work)
        except PipelineError as error:
            return self._refusal(str(error), back, 422 if isinstance(error, BadInput) else 503)
        return RedirectResponse(back, 303)
