"""CORS: which sites' scripts may ask the service: those that are named, none by default."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from api.problem_catalog import FOREIGN_ORIGIN
from api.problems import problem

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
SENT = ("Authorization", "Content-Type", "Content-Encoding", "If-None-Match", "Last-Event-ID")
"""Headers that scripts may send."""
TOLD = (
    *("ETag", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"),
    *("Deprecation", "Sunset"),
)
"""Headers that scripts may read."""
REMEMBERED = 600
"""Seconds for which a browser need not ask again."""


class Cors(CORSMiddleware):
    """ASGI middleware within `KnownHosts`; browsers ask it before they send, without a key.

    Keys are sent by scripts, never by the browser on its own: there are no credentials to allow.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=TOLD,
            max_age=REMEMBERED,
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self.preflight_response(headers)
                if answer.status_code >= 400:
                    answer = problem(
                        Request(scope),
                        FOREIGN_ORIGIN,
                        f"{bytes(answer.body).decode()}: scripts of the sites in "
                        f"NETFLIX_CORS_ORIGINS may send {', '.join(METHODS)} with "
                        f"{', '.join(SENT)}.",
                    )
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)
