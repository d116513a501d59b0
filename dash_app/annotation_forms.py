"""Adding and removing annotations from the dashboard, by plain forms."""

from collections.abc import Callable
from datetime import date

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dash_app import forms
from dash_app.access import visitor
from dash_app.annotations import Notebook
from dash_app.panels.notes import ADD, REMOVE
from netflix_pipeline.errors import BadInput, PipelineError

Refusal = Callable[[str, str, int], HTMLResponse]
"""The document that says why not, and leads back to an address, with its status."""


class Annotating:
    """The routes for it. Who signed in is the author."""

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
