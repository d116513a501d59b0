"""What is told of the dashboard: its requests by route, what it shows, and what it keeps."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from dash_app.first_view import LATE_STATUS
from dash_app.page_request import DashboardPage
from dash_app.request_path import sent
from dash_app.site import Site
from netflix_pipeline.monitoring import METHODS, SECONDS, Numbers, ProcessHistogram
from netflix_pipeline.serving import SnapshotInfo, Snapshots

PAGES_PATH = "/{path:anything}"
"""The route of all pages: which of them it was, its path tells."""
NO_ROUTE = "unmatched"
"""Instead of a template, of a request that no page or other route was found for."""


class CountedRequests(Collector):
    """The requests of this process, by templates of paths: no label holds what was sent."""

    def __init__(self, pages: Sequence[DashboardPage]) -> None:
        self._pages = pages
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._seconds = ProcessHistogram(
            "netflix_dashboard_request_seconds",
            "Time until an answer of the dashboard begins, or a new view is whole, by route",
            ("route",),
            SECONDS,
        )

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """One request was answered; `seconds` until that began, or a view behind its head ended."""
        route = self.route(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._counts[method, route, f"{status // 100}xx"] += 1
        self._seconds.observe((route,), seconds)

    def route(self, scope: Scope) -> str:
        """The template of what was asked for, once it was answered: a page's is its own."""
        route = getattr(scope.get("route"), "path", None)
        if route not in (None, PAGES_PATH):
            return str(scope["route"].path_format)
        path = sent(scope)
        return next((page.path for page in self._pages if page.match(path) is not None), NO_ROUTE)

    @override
    def collect(self) -> Iterator[Metric]:
        """The numbers of now."""
        family = CounterMetricFamily(
            "netflix_dashboard_requests",
            "Requests to the dashboard by method, route and class of status",
            labels=("method", "route", "status"),
        )
        for labels, count in list(self._counts.items()):
            family.add_metric(labels, count)
        yield family
        yield from self._seconds.collect()


class Instrumented:
    """ASGI middleware that counts requests, those that raise too."""

    def __init__(self, app: ASGIApp, counted: CountedRequests) -> None:
        self._app = app
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = answered = perf_counter()
        status = 500  # what it stays when an error is on its way

        async def counted(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], perf_counter()
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            if LATE_STATUS in scope:
                status, answered = scope[LATE_STATUS], perf_counter()
            self._counted.count(scope, status, answered - came)


def state(snapshots: Snapshots, site: Site) -> Numbers:
    """What the dashboard shows and keeps, read when it is asked for."""
    numbers = Numbers()

    def of_snapshot(measured: Callable[[SnapshotInfo], float]) -> Callable[[], float | None]:
        return lambda: measured(snapshots.held.info) if snapshots.held else None

    numbers.tell(
        "netflix_dashboard_snapshot_version",
        "Number of the snapshot that the dashboard shows",
        of_snapshot(lambda info: info.version),
    )
    numbers.tell(
        "netflix_dashboard_snapshot_built_timestamp_seconds",
        "When it was built",
        of_snapshot(lambda info: info.built_at.timestamp()),
    )
    numbers.tell(
        "netflix_snapshot_store_up",
        "0 while the newest snapshot of the store cannot be had; left out without a store",
        lambda: int(snapshots.replica.problem is None) if snapshots.replica else None,
    )
    numbers.tell(
        "netflix_dashboard_cache_answers",
        "Views and answers to questions by where they came from: kept, or computed",
        lambda: [
            ((name, source), count)
            for name, cache in site.caches.items()
            for source, count in (("kept", cache.kept), ("computed", cache.computed))
        ],
        ("cache", "source"),
        CounterMetricFamily,
    )
    numbers.tell(
        "netflix_dashboard_cache_bytes",
        "Room that they take",
        lambda: [((name,), cache.size) for name, cache in site.caches.items()],
        ("cache",),
    )
    return numbers
