"""What people put in: at hand, so that no view waits for it; added and removed by plain forms."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from functools import partial
from typing import Any, TypeAlias, TypeVar

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine

from dash_app import day_entry, forms
from dash_app.access import visitor
from dash_app.panels.notes import ADD, CHANGE, REMOVE
from dash_app.panels.page_frame import FORGET, KEEP, RENAME
from netflix_pipeline.background import repeating
from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    NOBODY,
    Annotation,
    Annotations,
    Bookmark,
    Bookmarks,
    BusinessAlert,
    BusinessAlerts,
    Marked,
    StateUnavailable,
    erased_persons,
    looked_up,
    opened,
)
from netflix_pipeline.state.reports import Report, Reports

LOOK_EVERY = 1.0
"""Seconds after which what others wrote is seen, and who is erased is not."""
GRACE = 30.0
"""Seconds for which it need not be known anew who is erased."""
Refusal = Callable[[str, str, int], HTMLResponse]
"""The document that says why not, and leads back to an address, with its status."""
PutIn: TypeAlias = tuple[
    Sequence[Annotation], Sequence[Bookmark], Sequence[BusinessAlert], Sequence[Report]
]
Form: TypeAlias = forms.Form
Change: TypeAlias = Callable[[Engine, Form, str], str | None]
"""What a form of somebody's does to the database of state, and where it leads, if not back.

Raises BadInput.
"""
T = TypeVar("T")


class Notebook:
    """What people put into a home, and who is erased from it, or is about to be.

    `revision` changes with annotations and with who is erased, `marks` with bookmarks, `alerting`
    with reports, alerts and what is found of them; they are empty while there are none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pages: Sequence[Annotation] = ()
        self.bookmarks: Sequence[Bookmark] = ()
        self.alerts: Sequence[BusinessAlert] = ()
        self.reports: Sequence[Report] = ()
        self.erased: Marked = NOBODY
        self.revision = self.marks = self.alerting = ""

    def look(self) -> None:
        """Read them anew. Raises StateUnavailable: those at hand stay as they were."""
        nothing: PutIn = (), (), (), ()
        pages, bookmarks, alerts, reports = looked_up(self._settings, _put_in, nothing)
        erased = erased_persons(self._settings)
        self.revision, self.marks = _digest(pages) + erased.digest(), _digest(bookmarks)
        self.alerting = _digest(alerts) + _digest(reports)
        self.alerts, self.reports = alerts, reports
        self.pages, self.bookmarks, self.erased = pages, bookmarks, erased

    def work(self, change: Callable[[Engine], T]) -> T:
        """Write something, and what that gives. Raises BadInput and StateUnavailable."""
        with opened(self._settings) as engine:
            done = change(engine)
        self._look_at_it()
        return done

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


def _put_in(engine: Engine) -> PutIn:
    return (
        Annotations(engine).all(),
        Bookmarks(engine).all(),
        BusinessAlerts(engine).all(),
        Reports(engine).all(),
    )


def _digest(pages: Sequence[object]) -> str:
    return hashlib.blake2b(repr(pages).encode(), digest_size=4).hexdigest() if pages else ""


class Annotating:
    """The routes of the forms in which people put something in. Who signed in is the author."""

    def __init__(
        self, notebook: Notebook, refusal: Refusal, further: Mapping[str, Change] | None = None
    ) -> None:
        self._notebook = notebook
        self._refusal = refusal
        self._further = further or {}

    def add_to(self, server: FastAPI) -> None:
        """Put the routes in place."""
        routes: dict[str, Change] = {
            ADD: _added,
            CHANGE: _changed,
            REMOVE: _removed,
            KEEP: _kept,
            RENAME: _renamed,
            FORGET: _forgotten,
            **self._further,
        }
        for path, change in routes.items():
            work = partial(self._done, change)
            server.add_api_route(path, work, methods=["POST"], include_in_schema=False)

    async def _done(self, change: Change, request: Request) -> Response:
        """Do what a form says, and lead back to the view that it stood in, or to another."""
        form = await forms.form_fields(request)
        back, who = forms.inside(form.get("back", "/")), visitor()
        name = who.name if who else ""
        try:
            there = await run_in_threadpool(
                self._notebook.work, lambda engine: change(engine, form, name)
            )
        except PipelineError as error:
            return self._refusal(str(error), back, 422 if isinstance(error, BadInput) else 503)
        return RedirectResponse(there or back, 303)


def _added(engine: Engine, form: Form, who: str) -> None:
    Annotations(engine).add(*_said(form), author=who, **_about(form))


def _changed(engine: Engine, form: Form, who: str) -> None:
    Annotations(engine).change(number_of(form), *_said(form), by=who, **_about(form))


def _removed(engine: Engine, form: Form, who: str) -> None:
    Annotations(engine).remove(number_of(form), by=who)


def _kept(engine: Engine, form: Form, who: str) -> None:
    back, shared = forms.inside(form.get("back", "/")), "shared" in form
    Bookmarks(engine).keep(form.get("name", ""), back, who, shared=shared)


def _renamed(engine: Engine, form: Form, who: str) -> None:
    Bookmarks(engine).rename(number_of(form), form.get("name", ""), who)


def _forgotten(engine: Engine, form: Form, who: str) -> None:
    Bookmarks(engine).remove(number_of(form), who)


def _said(form: Form) -> tuple[date, str, str]:
    try:
        day = day_entry.read(form.get("day", ""))
    except ValueError:  # no such day in the calendar
        day = None
    if day is None:
        ways = day_entry.ways()
        raise BadInput(f"choose the day that you want to say something about, as {ways}.")
    return day, form.get("text", ""), form.get("kind", "")


def _about(form: Form) -> dict[str, Any]:
    country, title_id = form.get("country", "").strip().upper(), form.get("title")
    return {"country": country or None, "title_id": title_id, "private": "private" in form}


def number_of(form: Mapping[str, str]) -> int:
    """Which of what is kept a form is about. Raises BadInput."""
    number = form.get("id", "")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise BadInput("nothing is named: use the button beside it.")
    return int(number)
