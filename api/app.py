"""The API: events in, answers from the published snapshot out, over HTTP."""

from functools import cache, partial

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from api import openapi, problems
from api.delivery.fast_path import Alive, CachedFastPath, DirectResource, exactly
from api.instrumentation import observer, tell_state
from api.objective_metrics import tell_objectives
from api.parameters import only_known
from api.path_segments import PathSegments
from api.resource import resources
from api.resources import (
    alerts,
    analytics,
    anomalies,
    business_alerts,
    docs,
    events,
    forecast,
    health,
    launches,
    leaving,
    live,
    metrics_catalog,
    problem_types,
    quality,
    scaling,
    series,
    slos,
    titles,
    top10,
    users,
)
from api.scaling_metrics import tell_scaling
from api.security import access, cors, hosts, rate_limits, response_headers
from api.service import Service, running
from api.versions import V1, OldAddresses
from netflix_pipeline.bounds import HeadRequests, RequestBounds
from netflix_pipeline.monitoring.alert_definition import JOBS
from netflix_pipeline.monitoring.traced_requests import TracedRequests
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state import require_key

DESCRIPTION = """
Viewing behaviour of a video streaming service: events in, and answers from the published snapshot
of the data.

Every answer says which period it is about, as of when it holds and from which snapshot it comes;
`metrics` names the definitions. Times are UTC (RFC 3339), a period includes both of its days.
Errors are problem documents (RFC 9457). Answers carry a strong `ETag`: ask again with
`If-None-Match` and nothing is sent while nothing changed. Long lists come in pages: follow
`Link: rel="next"`.

Everything is below `/v1`, but for what tells of the service itself (`/health`, `/live` …). The
addresses of the first release, which have no version, are deprecated: `/docs/before-v1.json`
describes them.

A key, where one is needed, is sent as `Authorization: Bearer nfx_…`, or as the password of Basic;
each resource says which scope it takes. `RateLimit` tells how much of a minute's requests is left.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the snapshots of a home; it follows new ones by itself.

    Raises BadInput where keys are required and there is none: nobody could ask anything.
    """
    settings = settings or Settings()
    settings.keep_private()
    if settings.keys_required:
        require_key(settings)
    service = Service(settings)
    app = FastAPI(
        title="Viewing behaviour",
        version="1",
        description=DESCRIPTION,
        servers=openapi.SERVERS,
        openapi_tags=openapi.TAGS,
        lifespan=lambda _: running(service),
        docs_url=None,  # both would load their scripts from another site: /docs is our own
        openapi_url=None,  # made once and sent compressed: resources/docs.py
        redoc_url=None,
        redirect_slashes=False,  # nobody is sent elsewhere: there is one address of everything
        middleware=_middleware(settings, service),
        # To ask at each request whether somebody listens would cost a tenth of a short one.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state = service  # type: ignore[assignment]  # ours is typed, Starlette's takes anything
    problems.install(app)
    openapi.install(app)
    app.router.routes.extend(_routes())
    service.resources = tuple((path, asked.metrics) for path, asked in resources(app).items())
    tell_state(service)
    tell_objectives(service)
    tell_scaling(service)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """What can be asked for. It is the same whatever the settings, and takes long to make."""
    every = APIRouter(
        generate_unique_id_function=openapi.operation_id, responses=problems.RESPONSES
    )
    every.include_router(docs.router)
    known = [Depends(only_known)]
    for resource in (health, alerts, slos, scaling, live, problem_types):
        every.include_router(resource.router, dependencies=known)
    for resource in (
        *(events, analytics, titles, series, launches),
        *(users, top10, metrics_catalog, quality, business_alerts, leaving, forecast, anomalies),
    ):
        every.include_router(resource.router, prefix=V1, dependencies=known)
    return tuple(every.routes)


def _middleware(settings: Settings, service: Service) -> list[Middleware]:
    """What a request passes before the router is asked, the outermost first."""
    usual = (
        rate_limits.REQUESTS
        if settings.requests_per_minute is None
        else settings.requests_per_minute
    )
    return [
        Middleware(
            TracedRequests,
            settings=settings,
            service=JOBS["api"],
            route=response_headers.route_of,
        ),
        Middleware(response_headers.ResponseHeaders, told=observer(service)),
        Middleware(HeadRequests),
        Middleware(RequestBounds, refuse=problems.out_of_bounds),
        Middleware(
            hosts.KnownHosts, hosts=settings.known_hosts, numbers=not is_loopback(settings.host)
        ),
        *([Middleware(cors.Cors, origins=settings.origins)] if settings.origins else []),
        Middleware(PathSegments),
        Middleware(OldAddresses, clients=service.clients),
        Middleware(
            access.KeyAccess,
            keyring=service.keyring,
            notes=service.notes,
            limits=service.limits,
            clients=service.clients,
            required=settings.keys_required,
            requests=usual,
            alone=settings.requests_per_minute or 0,
        ),
        Middleware(
            DirectResource,
            route="/events",
            match=exactly("POST", f"{V1}/events"),
            endpoint=events.send_events,
        ),
        Middleware(
            DirectResource, route="/users/{user_id}", match=users.one, endpoint=users.person
        ),
        Middleware(Alive, told=partial(health.body, service)),
        Middleware(
            CachedFastPath,
            snapshots=service.snapshots,
            answers=service.answers,
            metrics=service.metrics,
            clients=service.clients,
        ),
    ]
