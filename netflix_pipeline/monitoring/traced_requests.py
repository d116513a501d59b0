"""Requests as spans: of API and dashboard alike, by their routes."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netflix_pipeline.monitoring.service import METHODS
from netflix_pipeline.monitoring.tracing import Span, flush, span, traceparent, tracer, within
from netflix_pipeline.settings import Settings

HEADER = b"traceparent"


class TracedRequests:
    """ASGI middleware, outside of all others: a request goes on with the trace that it brings.

    Where traces are on, it is a span of `service` by its route, as `route` finds it once it was
    answered; where they are off, the trace that it brings is known all the same, for the log.
    Neither path nor query, nor anything else that may tell of a person, is in it. Raises
    TracesUnavailable.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, service: str, route: Callable[[Scope], str]
    ) -> None:
        self._app = app
        self._settings = settings
        self._service = service
        self._route = route
        if settings.traces:
            tracer(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            brought = _brought(scope)
            if self._settings.traces:
                await self._traced(scope, receive, send, brought)
                return
            if brought is not None:
                with within(Span(brought)):
                    await self._app(scope, receive, send)
                return
        elif scope["type"] == "lifespan" and self._settings.traces:
            send = _flushing(send)
        await self._app(scope, receive, send)

    async def _traced(
        self, scope: Scope, receive: Receive, send: Send, brought: str | None
    ) -> None:
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        status = 500  # what it stays when an error is on its way

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span(
            self._settings, method, kind="SERVER", service=self._service, parent=brought
        ) as request:
            try:
                await self._app(scope, receive, told)
            finally:
                route = self._route(scope)
                request.name(f"{'HTTP' if method == '_OTHER' else method} {route}")
                request.tell(
                    {
                        "http.request.method": method,
                        "http.route": route,
                        "http.response.status_code": status,
                    }
                )
                if status >= 500:
                    request.fail(str(status))


def _brought(scope: Scope) -> str | None:
    """The context of the trace that a request brings."""
    for name, value in scope["headers"]:
        if name == HEADER:
            return traceparent(value.decode("latin-1"))
    return None


def _flushing(send: Send) -> Send:
    """Says that the service has ended once its spans are sent: it may be killed from then on."""

    async def told(message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown"):
            await asyncio.to_thread(flush)
        await send(message)

    return told
