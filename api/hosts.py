"""Whom the service answers: requests that name it as its own machine does."""

from __future__ import annotations

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

PORT = re.compile(r":\d*$")


class KnownHosts:
    """ASGI middleware that refuses every other host, within `Protection`.

    A site may point its own name at this machine; a browser then takes the service for a part of
    that site and lets its scripts read the answers.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            asked = PORT.sub("", Headers(scope=scope).get("host", "")).lower()
            if asked not in self._hosts:
                refused = problem(
                    Request(scope),
                    "foreign-host",
                    "The service is not known by that name",
                    421,
                    f"the request is for {asked or 'no host'}, and this service answers as "
                    f"{', '.join(self._hosts)}: ask it as one of these, or start "
                    "it with NETFLIX_HOST.",
                )
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)
