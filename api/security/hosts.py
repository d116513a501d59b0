"""Host headers: the service answers requests that name it as its own machine does."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problem_catalog import FOREIGN_HOST
from api.problems import problem
from netflix_pipeline.access.hosts import LONGEST, is_known


class KnownHosts:
    """ASGI middleware that refuses every other host, within `ResponseHeaders`.

    `numbers` says that addresses of numbers are answered too, whatever they are.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, numbers: bool = False) -> None:
        self._app = app
        self._hosts = hosts
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not is_known(scope, self._hosts, numbers=self._numbers):
            named = Headers(scope=scope).get("host", "no host")[:LONGEST]
            await problem(
                Request(scope),
                FOREIGN_HOST,
                f"the request is for {named}, and this service answers as "
                f"{', '.join(self._hosts)}: ask it as one of these, or start it with "
                "NETFLIX_HOSTS naming this one.",
            )(scope, receive, send)
            return
        await self._app(scope, receive, send)
