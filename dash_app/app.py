"""The dashboard: views of the published snapshot, in a browser, that follow it by themselves.

    browser ──GET /?period=7d────────> document with the view in it, numbers and charts
       │  <──SSE /live─────────────── which snapshot is current
       └──Dash callback (path, query)─> the view's HTML, put in place

A view is a function of its address and of the snapshot, see `Site`. The first one comes ready
with the document; links, the back button and new snapshots ask for the next through Dash.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args

from dash import Dash, Input, Output, register_page
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dash_app import alerting, report_rounds, reporting
from dash_app.access import METRICS, VisitorAccess, visitor
from dash_app.annotations import Annotating, Notebook
from dash_app.asset_files import ASSETS, AssetFiles, Bundle
from dash_app.callbacks import Callbacks
from dash_app.change_stream import states
from dash_app.component import View
from dash_app.document import Document
from dash_app.exports import export
from dash_app.first_view import first_view
from dash_app.http_headers import HttpHeaders
from dash_app.instrumentation import PAGES_PATH, CountedRequests, Instrumented, state
from dash_app.labels import PRODUCT, LabelsFile
from dash_app.live_window import Now
from dash_app.login import Login
from dash_app.page_request import Pace
from dash_app.pages import PAGES
from dash_app.panels.panel import EXPORTS
from dash_app.readiness import metrics, ready
from dash_app.site import Site
from dash_app.vitals import Vitals
from netflix_pipeline.access import KeyAudit, Keyring, Visitors
from netflix_pipeline.background import Preparation, ended, repeating
from netflix_pipeline.bounds import (
    HeadRequests,
    NoStreamLeft,
    RequestBounds,
    Stream,
    Streams,
)
from netflix_pipeline.business_alerts.receivers import AlertReceivers
from netflix_pipeline.monitoring import alert_report, objective_report
from netflix_pipeline.monitoring.alert_definition import JOBS
from netflix_pipeline.monitoring.traced_requests import TracedRequests
from netflix_pipeline.receiving import Follower
from netflix_pipeline.serving import following, served_snapshots
from netflix_pipeline.serving.query import prepared
from netflix_pipeline.settings import Settings

BODY_BYTES = 64 * 2**10
"""Bytes of a body: a callback brings an address, a form a few words."""
LISTENERS = 500
"""Streams of states, one an open page."""
LISTENERS_OF_ONE = 100
"""Of them, those of one visitor, or of one address where nobody is asked who they are."""
PACES: tuple[Pace, ...] = get_args(Pace)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The dashboard over the snapshots of a home, as an ASGI application."""
    settings = settings or Settings()
    settings.keep_private()
    snapshots = served_snapshots(settings)
    visitors = Visitors(settings)
    keyring, notes = Keyring(settings, visitors.clients), KeyAudit(settings)
    notebook = Notebook(settings)
    follower = Follower(settings, erased=lambda: notebook.erased)
    now = Now(follower, f"{settings.url(settings.api_port)}/events")
    labels = LabelsFile(settings.labels)
    site = Site(
        snapshots,
        notebook,
        fresh_hours=settings.ready_snapshot_hours,
        now=now,
        kept_megabytes=settings.kept_megabytes,
        labels=labels,
        start=settings.start_page,
        week_start=settings.week_start,
        alerts=lambda: alert_report(settings, datetime.now(UTC)),
        objectives=lambda: objective_report(settings, datetime.now(UTC)),
        zone=settings.time_zone,
        receivers=AlertReceivers.of(settings),
    )

    sums, mailing = Preparation("sums"), report_rounds.ReportRounds(settings, site)

    @asynccontextmanager
    async def followed(_: FastAPI) -> AsyncIterator[None]:
        # Not waited for: until they are there, views take a little longer.
        snapshots.prepare = lambda snapshot: sums.begin(partial(prepared.make_ready, snapshot))
        async with (
            ended(sums.stop),
            following(snapshots),
            notebook.followed(),
            visitors.signed_in.following(),
            keyring.following(),
            notes.written(),
            ended(follower.stop),
            ended(mailing.close),
            repeating(
                "reports",
                partial(run_in_threadpool, mailing.look),
                report_rounds.EVERY,
                patience=report_rounds.PATIENCE,
            ),
        ):
            follower.start()
            yield

    server = FastAPI(lifespan=followed, openapi_url=None)
    dash = Dash(
        __name__,
        server=False,
        backend="fastapi",
        title=PRODUCT,
        update_title="",
        add_log_handler=False,
        include_assets_files=False,  # the document names them
        assets_folder=str(ASSETS),
    )
    dash.backend.websocket_capability = False  # every page would open one
    dash.layout = View(id="view")

    @dash.callback(Output("view", "answer"), Input("view", "asked"), prevent_initial_call=True)
    async def answer(body: dict[str, Any]) -> dict[str, Any]:
        view = await run_in_threadpool(site.render, str(body["path"]), str(body["query"]))
        return {"n": body["n"], "html": view.html}

    bundle = Bundle()
    files = AssetFiles(dash, bundle, settings.assets_url)
    document = Document(dash, files, labels)

    async def show(request: Request) -> Response:
        return await first_view(site, document, request)

    async def begin(request: Request) -> Response:
        """The plain address: whoever comes from nowhere begins where the home says."""
        headers = request.headers
        from_nowhere = headers.get("sec-fetch-site", "none") == "none" and "referer" not in headers
        if from_nowhere and not request.url.query:
            start = await run_in_threadpool(site.start)
            if start != "/":
                return RedirectResponse(start, 303)
        return await show(request)

    streams, vitals = Streams(LISTENERS, LISTENERS_OF_ONE), Vitals(PAGES)
    requests = CountedRequests(PAGES)
    counted = vitals.counted, requests, state(snapshots, site)
    routes: dict[str, Callable[..., Any]] = {
        "/": begin,
        "/live": partial(_live, site, visitors, streams),
        f"{EXPORTS}/{{rest:anything}}": partial(export, site),
        Bundle.PATH: partial(_script, bundle),
        "/robots.txt": _robots,
        "/ready": partial(ready, snapshots),
        METRICS: partial(metrics, settings, counted),
    }
    for path, answered in routes.items():
        server.add_api_route(path, answered, include_in_schema=False)
    server.add_api_route(Vitals.PATH, vitals.take, methods=["POST"], include_in_schema=False)

    def refusal(reason: str, back: str, status: int) -> HTMLResponse:
        view = site.refused(reason, back, status)
        return HTMLResponse(document.around(view.html), view.status)

    further = alerting.changes(settings, site.called) | reporting.changes(settings, site)
    Annotating(notebook, refusal, further).add_to(server)
    reporting.ReportRoutes(settings, site, document).add_to(server)
    Login(visitors, document).add_to(server)
    dash.init_app(server)
    for place, page in enumerate(PAGES):
        register_page(  # type: ignore[no-untyped-call]
            page.path,
            path_template=page.path.replace("{", "<").replace("}", ">"),
            name=page.heading,
            order=place,
            layout=dash.layout,  # of every page: the view tells which one it shows
        )
    # Dash would answer every other address with its own document and 200.
    server.add_api_route(PAGES_PATH, show, include_in_schema=False)
    server.add_middleware(Callbacks)
    server.add_middleware(VisitorAccess, visitors=visitors, keyring=keyring, notes=notes)
    # A site that points a name of its own at this machine shall not read along. Where all sign in
    # it has nobody's cookie; but a header that tells who somebody is it could send itself.
    cookies_only = settings.keys_required and not settings.trusted_user_header
    hosts = ["*"] if cookies_only else list(settings.known_hosts)
    server.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    server.add_middleware(
        RequestBounds,
        refuse=lambda _, error: PlainTextResponse(f"{error}\n", error.status),
        body_bytes=BODY_BYTES,
    )
    server.add_middleware(
        HttpHeaders,
        clients=visitors.clients,
        files=files.source,
        lasting=[file.address for file in files],
    )
    server.add_middleware(HeadRequests)
    server.add_middleware(Instrumented, counted=requests)
    server.add_middleware(
        TracedRequests, settings=settings, service=JOBS["dashboard"], route=requests.route
    )
    return server


async def _live(site: Site, visitors: Visitors, streams: Streams, request: Request) -> Response:
    """The stream of states; `?pace=` is that of the page that listens, where it has one."""
    pace = next((each for each in PACES if each == request.query_params.get("pace")), None)
    stamp = partial(site.stamp, pace) if pace else None
    who = visitor()
    client = who.name if who else visitors.clients.of(request.scope)
    try:
        streams.look(client)
    except NoStreamLeft as error:
        return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "60"})

    async def told() -> AsyncIterator[str]:
        with site.listening(pace):
            async for each in states(site.state, stamp, partial(visitors.lets_in, request.scope)):
                yield each

    return Stream(told(), streams, client)


async def _script(bundle: Bundle, request: Request) -> Response:
    """Plotly's, as it was compressed once; the same bytes for every visitor."""
    kind, vary = "text/javascript", {"Vary": "Accept-Encoding"}
    if "br" in request.headers.get("accept-encoding", ""):
        packed = await run_in_threadpool(lambda: bundle.compressed)
        return Response(packed, media_type=kind, headers={**vary, "Content-Encoding": "br"})
    plain = await run_in_threadpool(lambda: bundle.plain)
    return Response(plain, media_type=kind, headers=vary)


async def _robots() -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
