"""The API: read-only answers from the published snapshot, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import Depends, FastAPI

from api import problems
from api.caching import AnswerCache
from api.parameters import only_known
from api.protection import Protection
from api.routes import analytics, health, titles, users
from netflix_pipeline.serving import Queries, Snapshots
from netflix_pipeline.serving.snapshots import LOOK_EVERY
from netflix_pipeline.settings import Settings

DESCRIPTION = """
Viewing behaviour of a video streaming service, from the published snapshot of the data.

Every answer says which period it is about, as of when it holds and from which snapshot it comes;
`metrics` names the definitions. Times are UTC (RFC 3339), a period includes both of its days.
Errors are problem documents (RFC 9457). Answers carry a strong `ETag`: ask again with
`If-None-Match` and nothing is sent while nothing changed. Long lists come in pages: follow
`Link: rel="next"`.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the snapshots of a home; it follows new ones by itself."""
    snapshots = Snapshots((settings or Settings()).serving)
    app = FastAPI(
        title="Viewing behaviour",
        version="1",
        description=DESCRIPTION,
        lifespan=_following,
        docs_url=None,  # both would load their scripts from another site
        redoc_url=None,
        responses=problems.RESPONSES,
    )
    app.state.snapshots = snapshots
    app.state.queries = Queries(snapshots)
    app.state.answers = AnswerCache()
    problems.install(app)
    for resource in (health, analytics, titles, users):
        app.include_router(resource.router, dependencies=[Depends(only_known)])
    app.add_middleware(Protection)
    return app


@asynccontextmanager
async def _following(app: FastAPI) -> AsyncIterator[None]:
    """Move to each new snapshot while the service runs, off the event loop."""
    await asyncio.to_thread(app.state.snapshots.follow)
    task = asyncio.create_task(_follow(app.state.snapshots))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(snapshots: Snapshots) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        await asyncio.to_thread(snapshots.follow)
