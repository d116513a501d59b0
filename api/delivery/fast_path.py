"""Fast path: what is asked thousands of times a second goes without the router's detours.

The same endpoint stands in the router, which describes it; finding it there, and the machinery of
dependencies, would take most of the time of a request that brings one event.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.delivery.response_cache import AnswerCache, absolute, cache_headers, preferences
from api.problems import of_platform
from netflix_pipeline.access import Clients
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring import ServiceMetrics
from netflix_pipeline.serving import Snapshots

Match = Callable[[Scope], dict[str, str] | None]
"""What stands in a request's path, when it is for the resource; else None."""


def exactly(method: str, path: str) -> Match:
    """Requests for a path that holds nothing."""
    return lambda scope: {} if scope["path"] == path and scope["method"] == method else None


class DirectResource:
    """ASGI middleware that answers one resource itself, within `KnownHosts`."""

    def __init__(
        self,
        app: ASGIApp,
        route: str,
        match: Match,
        endpoint: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._route = route
        self._match = match
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Parameters are none that it takes: the router tells.
        is_plain = scope["type"] == "http" and not scope["query_string"]
        matched = self._match(scope) if is_plain else None
        if matched is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["route"] = self._route
        scope["path_params"] = matched
        request = Request(scope, receive)
        try:
            response = await self._endpoint(request)
        except PipelineError as error:
            response = await of_platform(request, error)
        await response(scope, receive, send)


class CachedFastPath:
    """ASGI middleware that answers what is kept before the router is asked."""

    def __init__(
        self,
        app: ASGIApp,
        snapshots: Snapshots,
        answers: AnswerCache,
        metrics: ServiceMetrics,
        clients: Clients,
    ) -> None:
        self._app = app
        self._snapshots = snapshots
        self._answers = answers
        self._metrics = metrics
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        held = self._snapshots.held
        if held is None or scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        wanted = preferences(scope)
        alias = self._answers.alias(scope, wanted)
        kept = self._answers.get(held.info.version, alias.key) if alias else None
        ready = kept.ready(alias.coding) if alias and kept else None
        if alias is None or kept is None or ready is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["route"] = alias.route
        self._metrics.kept.inc()
        headers, content = ready
        status = 200
        if wanted.if_none_match and (tag := kept.matches(wanted.if_none_match, alias.coding)):
            status, headers, content = 304, cache_headers(tag), b""
        # A list of its own: middleware outside adds to it.
        headers = absolute(headers, self._clients, scope)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class Alive:
    """ASGI middleware that answers `GET /health`, with a body that is made beforehand."""

    def __init__(self, app: ASGIApp, told: Callable[[], bytes]) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (
            scope["type"] != "http"
            or scope["path"] != "/health"
            or scope["method"] != "GET"
            or scope["query_string"]  # parameters that it does not take: the router tells
        ):
            await self._app(scope, receive, send)
            return
        scope["state"]["route"] = "/health"
        body = self._told()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
