"""Lets requests in or refuses them, as `netflix_pipeline.access` knows who sent them.

People sign in; what reads metrics brings a key, as to the API.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dash_app.request_path import sent
from netflix_pipeline.access import KeyAudit, Keyring, TooManyAttempts, Visitors
from netflix_pipeline.access.auth_errors import AuthError, MissingScope
from netflix_pipeline.access.hosts import same_origin
from netflix_pipeline.addresses import query_string
from netflix_pipeline.errors import PipelineError, Transient

LOGIN, LEAVE = "/login", "/reports/leave"
PUBLIC = ("/assets/", "/_dash-component-suites/")
"""Files of the program itself: they tell nothing of the data, and the login page needs them."""
OPEN = frozenset((LOGIN, LEAVE, "/ready", "/robots.txt"))
METRICS, SCRAPES = "/metrics", "ops:read"
"""What programs read too, with a key of that scope."""
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


@dataclass(frozen=True)
class Visitor:
    """Who is being answered; `here` says that they signed in here, and not at a proxy."""

    name: str
    here: bool


_visitor: ContextVar[Visitor | None] = ContextVar("visitor", default=None)


def visitor() -> Visitor | None:
    """Who is being answered; None where nobody was asked."""
    return _visitor.get()


@contextmanager
def visited_by(who: Visitor | None) -> Iterator[None]:
    """What is done meanwhile is done for them."""
    token = _visitor.set(who)
    try:
        yield
    finally:
        _visitor.reset(token)


class VisitorAccess:
    """ASGI middleware that does it."""

    def __init__(self, app: ASGIApp, visitors: Visitors, keyring: Keyring, notes: KeyAudit) -> None:
        self._app = app
        self._visitors = visitors
        self._keyring = keyring
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer: Response | None = None
        name: str | None = None
        if scope["method"] not in SAFE and not same_origin(Headers(scope=scope)):
            answer = PlainTextResponse("This request comes from another site.\n", 403)
        elif not scope["path"].startswith(PUBLIC):
            try:
                asked = self._visitors.asks(scope) and scope["path"] not in OPEN
                if asked and not await self._scrapes(scope):
                    name = await self._visitors.name(scope)
                    answer = None if name is not None else self._refusal(scope)
            except TooManyAttempts as error:
                answer = PlainTextResponse(f"{error}\n", 429, error.headers)
            except AuthError as error:
                self._notes.refused(error.key_id, error.kind)
                status = 403 if isinstance(error, MissingScope) else 401
                answer = PlainTextResponse(f"{error}\n", status, error.headers)
            except Transient:
                answer = unavailable()
            except PipelineError:
                answer = PlainTextResponse(
                    "The passwords of this dashboard cannot be read, so nobody is let in. Whoever "
                    "runs it learns what to do from: netflix-pipeline passwords list\n",
                    503,
                )
        if answer is not None:
            await answer(scope, receive, send)
            return
        with visited_by(None if name is None else Visitor(name, self._visitors.by_password)):
            await self._app(scope, receive, send)

    async def _scrapes(self, scope: Scope) -> bool:
        """Whether a program reads metrics with a key for it. Raises as `Keyring` does."""
        if scope["path"] != METRICS:
            return False
        key = await self._keyring.presented(scope)
        if key is None:
            return False
        if SCRAPES not in key.scopes:
            raise MissingScope(
                f"the key {key.id} may not read metrics: that needs {SCRAPES}.",
                f', error="insufficient_scope", scope="{SCRAPES}"',
                key.id,
            )
        if not key.own:
            self._notes.used(key.id, SCRAPES)
        return True

    def _refusal(self, scope: Scope) -> Response:
        if not self._visitors.is_set_up:
            return PlainTextResponse(
                "Others can reach this dashboard, and it asks nobody who they are: set a password "
                "(netflix-pipeline passwords set NAME), or name the header in which a proxy tells "
                "who it let in (NETFLIX_TRUSTED_USER_HEADER).\n",
                403,
            )
        if not self._visitors.by_password:
            return PlainTextResponse("The proxy in front did not say who you are.\n", 401)
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            asked_for = sent(scope) + (f"?{query}" if query else "")
            return RedirectResponse(LOGIN + query_string([("next", asked_for)]), 303)
        return PlainTextResponse("Sign in first.\n", 401)


def unavailable() -> Response:
    """Nobody can be known just now, so nobody is let in."""
    return PlainTextResponse(
        "Who signed in cannot be looked up just now: try again in a moment.\n",
        503,
        {"Retry-After": "5"},
    )
