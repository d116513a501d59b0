"""The document of a first view. Its head goes ahead where the view takes a while.

    GET /?from=…  ─> head: styles and scripts    at once: the browser fetches them meanwhile
                   ─> title and view            once it is drawn

A view that is kept, and whatever is refused, comes at once and whole, with its status.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Scope

from dash_app.document import Document
from dash_app.filters import has_typed_days
from dash_app.request_path import sent
from dash_app.site import RenderedView, Site

LATE_STATUS = "dash_app.late_status"
"""Where a request's scope has the status of a view that came behind the head of its document."""
AT_ONCE = {"X-Accel-Buffering": "no"}
"""Has proxies, and our own compression, hand on each piece as it comes."""


async def first_view(site: Site, document: Document, request: Request) -> Response:
    """The document of the view at the address that is asked for."""
    query, theme = request.url.query, request.cookies.get("theme")
    typed = has_typed_days(query)
    begun = asyncio.Event()
    tell = partial(asyncio.get_running_loop().call_soon_threadsafe, begun.set)
    drawing = asyncio.ensure_future(
        run_in_threadpool(site.render, sent(request.scope), query, begun=None if typed else tell)
    )
    await _first(drawing, begun)
    if not drawing.done():
        pieces = _pieces(document, theme, drawing, request.scope)
        return StreamingResponse(pieces, media_type="text/html", headers=AT_ONCE)
    view = drawing.result()
    if view.address and typed:
        return RedirectResponse(view.address, 303)
    return HTMLResponse(document.around(view.html, theme), view.status)


async def _first(drawing: asyncio.Future[RenderedView], begun: asyncio.Event) -> None:
    """Wait until the view is there, or it is known that it will be."""
    waiting = asyncio.ensure_future(begun.wait())
    try:
        await asyncio.wait((drawing, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _pieces(
    document: Document, theme: str | None, drawing: asyncio.Future[RenderedView], scope: Scope
) -> AsyncIterator[str]:
    yield document.opening(theme)
    view = await drawing
    scope[LATE_STATUS] = view.status
    yield document.rest(view.html)
