"""The API: events in, answers from the published snapshot out, over HTTP."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from api import problems
from api.asking import Flights, QueryThreads
from api.bodies import Bodies
from api.direct import Alive, Direct, Ready
from api.hosts import KnownHosts
from api.kept import AnswerCache, Kept
from api.lifespan import running
from api.limiting import EventLimits
from api.logs import AccessLog
from api.observing import observer, tell_state
from api.parameters import only_known
from api.protection import Protection
from api.readiness import Readiness
from api.routes import (
    analytics,
    audience,
    events,
    health,
    interactions,
    live,
    metrics_catalog,
    plays,
    quality,
    titles,
    top10,
    users,
)
from netflix_pipeline.monitoring import ServiceMetrics
from netflix_pipeline.serving import Queries, Snapshots
from netflix_pipeline.settings import Settings

DESCRIPTION = """
Viewing behaviour of a video streaming service: events in, and answers from the published snapshot
of the data.

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
        lifespan=lambda app: running(app, settings, snapshots),
        docs_url=None,  # both would load their scripts from another site
        redoc_url=None,
        responses=problems.RESPONSES,
        # To ask at each request whether somebody listens would cost a tenth of a short one.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.snapshots = snapshots
    app.state.queries = Queries(snapshots)
    app.state.answers = AnswerCache()
    app.state.flights = Flights[Kept]()
    app.state.metrics = metrics = ServiceMetrics(settings.metrics)
    app.state.access_log = access_log = AccessLog(settings.access_log)
    app.state.threads = QueryThreads(
        settings.query_threads,
        settings.queries_waiting,
        settings.query_seconds,
        metrics.query_seconds.observe,
    )
    app.state.shared = None
    app.state.durability = "not open"
    app.state.alive = health.alive(app)
    app.state.readiness = Readiness(app, settings)
    app.state.bodies = Bodies()
    app.state.event_limits = EventLimits(settings.events_per_second)
    problems.install(app)
    for resource in (
        *(health, events, live, analytics, audience, interactions, plays, titles, users),
        *(top10, metrics_catalog, quality),
    ):
        app.include_router(resource.router, dependencies=[Depends(only_known)])
    app.add_middleware(Ready, snapshots=snapshots, answers=app.state.answers, metrics=metrics)
    app.add_middleware(Alive, told=app.state.alive)
    app.add_middleware(Direct, method="POST", path="/events", endpoint=events.events)
    app.add_middleware(KnownHosts, hosts=settings.hosts)
    app.add_middleware(Protection, told=observer(metrics, access_log))
    tell_state(metrics, app)
    return app
