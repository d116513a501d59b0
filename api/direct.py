"""A resource that is asked thousands of times a second, answered without the router's detours.

The same endpoint stands in the router, which describes it; finding it there, and the machinery of
dependencies, would take most of the time of a request that brings one event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import of_platform
from netflix_pipeline.errors import PipelineError


class Direct:
    """ASGI middleware that answers one method of one path itself, within `KnownHosts`."""

    def __init__(
        self,
        app: ASGIApp,
        method: str,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._method = method
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (
            scope["type"] != "http"
            or scope["path"] != self._path
            or scope["method"] != self._method
            or scope["query_string"]  # parameters that it does not take: the router tells
        ):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._endpoint(request)
        except PipelineError as error:
            response = await of_platform(request, error)
        await response(scope, receive, send)
