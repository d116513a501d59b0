"""The dashboard: views of the published snapshot, in a browser, that follow it by themselves.

    browser ──GET /?period=7d────────> document with the view in it, numbers and charts
       │  <──SSE /live─────────────── which snapshot is current
       └──Dash callback (path, query)─> the view's HTML, put in place

A view is a function of its address and of the snapshot, see `Site`. The first one comes ready
with the document; links, the back button and new snapshots ask for the next through Dash.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from dash import Dash, Input, Output
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from dash_app.component import View
from dash_app.document import Document
from dash_app.live import LOOK_EVERY, states
from dash_app.panels.frame import PRODUCT
from dash_app.site import Site
from dash_app.transport import Transport
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings

Asked = dict[str, Any]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The dashboard over the snapshots of a home, as an ASGI application."""
    snapshots = Snapshots((settings or Settings()).serving)
    site = Site(snapshots)

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(snapshots.follow)
        task = asyncio.create_task(_follow(snapshots))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    server = FastAPI(lifespan=following, openapi_url=None)
    show = _document_route(server, site)
    dash = _dash(server, site)
    show.document = Document(dash)
    # Dash would answer every further address, also of no page, with its own document and 200.
    server.add_api_route("/{path:path}", show, methods=["GET"])
    server.add_middleware(Transport)
    return server
