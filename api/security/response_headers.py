"""Security headers and request ids of every response, and what is told of each request.

A request id, the headers that keep browsers safe; a line in the log, numbers for monitoring.
"""

import uuid
from collections.abc import Callable
from itertools import count
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.versions import V1, is_old
from netflix_pipeline.errors import panics_raised

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
NO_ROUTE = "unmatched"
"""Instead of a template, of a request that no route was found for."""

Observer = Callable[[Scope, int, float, float], None]
"""Told of each request: its scope, status, and the seconds until its answer began and ended."""


class ResponseHeaders:
    """ASGI middleware that adds and tells them."""

    def __init__(self, app: ASGIApp, told: Observer | None = None) -> None:
        self._app = app
        self._told = told
        self._begin = str(uuid.uuid4())[:24]
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A random beginning for each process, then a count: asking the system for chance each
        # time costs more than most of what follows.
        request_id = f"{self._begin}{next(self._numbers):012x}"
        scope.setdefault("state", {})["request_id"] = request_id
        came = answered = perf_counter()
        status = 500  # what it stays when an error is on its way

        async def protected(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                answered = perf_counter()
                status = message["status"]
                headers = message["headers"]
                there = {name.lower() for name, _ in headers}
                if b"x-request-id" not in there:
                    headers.append((b"x-request-id", request_id.encode()))
                headers.extend(header for header in RAW if header[0] not in there)
            await send(message)

        try:
            with panics_raised():
                await self._app(scope, receive, protected)
        finally:
            if self._told is not None:
                self._told(scope, status, answered - came, perf_counter() - came)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, as it was asked: `/v1/users/{user_id}`."""
    routed = getattr(scope.get("route"), "path_format", None)
    route = scope["state"].get("route", routed)
    if route is None:
        return NO_ROUTE
    below = scope["path"].startswith(f"{V1}/") and not is_old(scope)
    return f"{V1}{route}" if below else str(route)
