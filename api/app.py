"""The API: read-only answers from the published snapshot, over HTTP."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from api import problems
from api.caching import AnswerCache
from api.hosts import KnownHosts
from api.parameters import only_known
from api.protection import Protection
from api.routes import analytics, health, titles, users
from netflix_pipeline.serving import Queries, Snapshots, following
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
    settings = settings or Settings()
    snapshots = Snapshots(settings.serving)
    app = FastAPI(
        title="Viewing behaviour",
        version="1",
        description=DESCRIPTION,
        lifespan=lambda _: following(snapshots),
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
    app.add_middleware(KnownHosts, hosts=settings.hosts)
    app.add_middleware(Protection)
    return app
