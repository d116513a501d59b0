"""The API: events in, answers from the published snapshot out, over HTTP."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from api import openapi, problems
from api.delivery.batch_loader import Gathering
from api.delivery.fast_path import Alive, CachedFastPath, DirectResource, exactly
from api.delivery.query_executor import QueryExecutor
from api.delivery.response_cache import AnswerCache, CachedResponse
from api.delivery.single_flight import SingleFlight
from api.instrumentation import observer, tell_state
from api.lifespan import running
from api.logs import AccessLog
from api.parameters import only_known
from api.path_segments import PathSegments
from api.readiness import Readiness
from api.resource import resources
from api.resources import (
    analytics,
    audience,
    docs,
    erasing,
    events,
    health,
    households,
    interactions,
    live,
    metrics_catalog,
    plays,
    problem_types,
    quality,
    titles,
    top10,
    users,
)
from api.security import openapi_security
from api.security.access import KeyAccess
from api.security.cors import Cors
from api.security.erased_persons import ErasedPersons
from api.security.hosts import KnownHosts
from api.security.key_audit import Notes
from api.security.keyring import Keyring
from api.security.rate_limits import REQUESTS, EventLimits, RequestLimits
from api.security.request_bodies import Bodies
from api.security.response_headers import ResponseHeaders
from netflix_pipeline.access import Clients
from netflix_pipeline.bounds import HeadRequests, RequestBounds, Streams
from netflix_pipeline.monitoring import ServiceMetrics
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state.keys import require_key

DESCRIPTION = """
Viewing behaviour of a video streaming service: events in, and answers from the published snapshot
of the data.

Every answer says which period it is about, as of when it holds and from which snapshot it comes;
`metrics` names the definitions. Times are UTC (RFC 3339), a period includes both of its days.
Errors are problem documents (RFC 9457). Answers carry a strong `ETag`: ask again with
`If-None-Match` and nothing is sent while nothing changed. Long lists come in pages: follow
`Link: rel="next"`.

A key, where one is needed, is sent as `Authorization: Bearer nfx_…`; each resource says which scope
it takes. `RateLimit` tells how much of a minute's requests is left.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the snapshots of a home; it follows new ones by itself.

    Raises BadInput where keys are required and there is none: nobody could ask anything.
    """
    settings = settings or Settings()
    settings.keep_private()
    if settings.keys_required:
        require_key(settings)
    snapshots = Snapshots(settings.serving, settings.query_megabytes, settings.people_in_memory)
    app = FastAPI(
        title="Viewing behaviour",
        version="1",
        description=DESCRIPTION,
        lifespan=lambda app: running(app, settings, snapshots),
        docs_url=None,  # both would load their scripts from another site: /docs is our own
        openapi_url=None,  # made once and sent compressed: resources/docs.py
        redoc_url=None,
        redirect_slashes=False,  # nobody is sent elsewhere: there is one address of everything
        responses=problems.RESPONSES,
        # To ask at each request whether somebody listens would cost a tenth of a short one.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.snapshots = snapshots
    app.state.answers = AnswerCache(settings.kept_megabytes * 2**20)
    app.state.flights = SingleFlight[CachedResponse]()
    app.state.metrics = metrics = ServiceMetrics(settings)
    app.state.access_log = access_log = AccessLog(settings.access_log)
    app.state.threads = QueryExecutor(
        settings.query_threads,
        settings.queries_waiting,
        settings.query_seconds,
        metrics.query_seconds.observe,
    )
    app.state.people = Gathering(snapshots, app.state.threads)
    app.state.shared = None
    app.state.erased = ErasedPersons(settings)
    app.state.durability = "not open"
    app.state.alive = health.alive(app)
    app.state.readiness = Readiness(app, settings)
    app.state.bodies = Bodies()
    app.state.streams = Streams(live.LISTENERS, live.LISTENERS_OF_ONE)
    app.state.event_limits = EventLimits(settings.events_per_second)
    problems.install(app)
    openapi.install(app)
    openapi_security.install(app)
    app.include_router(docs.router)
    app.include_router(docs.description)
    for resource in (
        *(health, events, live, analytics, audience, interactions, plays, titles),
        # Before the person itself, whose id may hold a slash.
        *(erasing, households, users),
        *(top10, metrics_catalog, quality, problem_types),
    ):
        app.include_router(resource.router, dependencies=[Depends(only_known)])
    app.state.resources = tuple((path, q.metrics) for path, q in resources(app).items())
    app.add_middleware(
        CachedFastPath, snapshots=snapshots, answers=app.state.answers, metrics=metrics
    )
    app.add_middleware(Alive, told=app.state.alive)
    app.add_middleware(
        DirectResource, route="/users/{user_id}", match=users.one, endpoint=users.person
    )
    app.add_middleware(
        DirectResource, route="/events", match=exactly("POST", "/events"), endpoint=events.events
    )
    app.state.notes = Notes(settings)
    app.state.keyring = Keyring(settings)
    app.state.limits = RequestLimits(settings.limits or settings.cache)
    app.add_middleware(
        KeyAccess,
        keyring=app.state.keyring,
        notes=app.state.notes,
        limits=app.state.limits,
        clients=Clients(settings.trusted_proxies),
        required=settings.keys_required,
        requests=REQUESTS if settings.requests_per_minute is None else settings.requests_per_minute,
        alone=settings.requests_per_minute or 0,
    )
    app.add_middleware(PathSegments)
    if settings.origins:
        app.add_middleware(Cors, origins=settings.origins)
    app.add_middleware(
        KnownHosts, hosts=settings.known_hosts, numbers=not is_loopback(settings.host)
    )
    app.add_middleware(RequestBounds, refuse=problems.out_of_bounds)
    app.add_middleware(HeadRequests)
    app.add_middleware(ResponseHeaders, told=observer(metrics, access_log))
    tell_state(metrics, app)
    return app
