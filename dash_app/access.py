"""Who may look: nobody is asked on this machine alone, everybody wherever others can reach it.

A visitor is known by a signed cookie that the login page gives for a password, or by a header of a
proxy that is trusted to have asked them. Either is set up before the dashboard may be bound to an
address that others reach; where one is, it counts on this machine too.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dash_app import sessions
from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state import Passwords, require_visitors

COOKIE = "session"
LOGIN = "/login"
PUBLIC = ("/assets/", "/_dash-component-suites/")
"""Files of the program itself: they tell nothing of the data, and the login page needs them."""
OPEN = frozenset((LOGIN, "/ready", "/robots.txt"))
PROXIED = frozenset(("forwarded", "x-forwarded-for", "x-real-ip", "via"))
"""What proxies add to a request."""
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


@dataclass(frozen=True)
class Visitor:
    """Who is being answered; `here` says that they signed in here, and not at a proxy."""

    name: str
    here: bool


_visitor: ContextVar[Visitor | None] = ContextVar("visitor", default=None)
_at_loopback = lru_cache(256)(is_loopback)


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


class Guard:
    """Knows visitors by their requests.

    Raises BadInput where others could reach the dashboard and nothing tells who they are.
    """

    def __init__(self, settings: Settings) -> None:
        self.passwords = Passwords(settings)
        self._header = settings.trusted_user_header.lower()
        self._proxies = _networks(settings.trusted_proxies)
        self._required = settings.keys_required
        self._key: bytes | None = None
        if self._required:
            require_visitors(settings)

    @property
    def is_set_up(self) -> bool:
        """Whether somebody can be known at all."""
        return bool(self._header or self.passwords.hashes)

    @property
    def by_password(self) -> bool:
        """Whether people sign in here, and not at a proxy."""
        return not self._header

    def asks(self, scope: Scope) -> bool:
        """Whether this request must say who it is from."""
        if self._required or self.is_set_up:
            return True
        # Bound by another hand to where others reach it, or brought here for them by a proxy.
        server = scope.get("server")
        at_home = server is not None and _at_loopback(server[0])
        return not at_home or not PROXIED.isdisjoint(Headers(scope=scope))

    def name(self, scope: Scope) -> str | None:
        """Who a request is from; None where it does not say so, or not in a way that counts."""
        if self._header:
            told = Headers(scope=scope).getlist(self._header)
            if len(told) == 1 and told[0] and _within(_address(scope), self._proxies):
                return told[0][:64]
            return None
        cookie = Request(scope).cookies.get(COOKIE)
        if not cookie:
            return None
        return sessions.verified(cookie, self.passwords.hashes, self.key(), time.time())

    def lets_in(self, scope: Scope) -> bool:
        """Whether a request would be answered now; not where that cannot be known."""
        try:
            return not self.asks(scope) or self.name(scope) is not None
        except PipelineError:
            return False

    def key(self) -> bytes:
        """With what sessions are signed."""
        if self._key is None:
            self._key = self.passwords.key()
        return self._key


class Access:
    """ASGI middleware that lets requests in or refuses them."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer: Response | None = None
        name: str | None = None
        if not same_origin(scope):
            answer = PlainTextResponse("This request comes from another site.\n", 403)
        elif not scope["path"].startswith(PUBLIC):
            try:
                if self._guard.asks(scope) and scope["path"] not in OPEN:
                    name = self._guard.name(scope)
                    answer = None if name is not None else self._refusal(scope)
            except PipelineError:
                answer = PlainTextResponse(
                    "The passwords of this dashboard cannot be read, so nobody is let in. Whoever "
                    "runs it learns what to do from: netflix-pipeline passwords list\n",
                    503,
                )
        if answer is not None:
            await answer(scope, receive, send)
            return
        with visited_by(None if name is None else Visitor(name, self._guard.by_password)):
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response:
        if not self._guard.is_set_up:
            return PlainTextResponse(
                "Others can reach this dashboard, and it asks nobody who they are: set a password "
                "(netflix-pipeline passwords set NAME), or name the header in which a proxy tells "
                "who it let in (NETFLIX_TRUSTED_USER_HEADER).\n",
                403,
            )
        if not self._guard.by_password:
            return PlainTextResponse("The proxy in front did not say who you are.\n", 401)
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            asked = quote(scope["path"]) + (f"?{query}" if query else "")
            return RedirectResponse(f"{LOGIN}?next={quote(asked, safe='')}", 303)
        return PlainTextResponse("Sign in first.\n", 401)


def same_origin(scope: Scope) -> bool:
    """Whether a request that may change something comes from a page of the dashboard's own.

    Browsers tell where it comes from in one of two ways, and no page can write either.
    """
    if scope["method"] in SAFE:
        return True
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return True  # not a browser: it brings nobody's cookies but its own
    host = headers.get("host", "").encode()
    return hmac.compare_digest(urlsplit(origin).netloc.encode(), host)


def _networks(told: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in told.split(",") if part.strip())
    except ValueError as error:
        raise BadInput(
            f"NETFLIX_TRUSTED_PROXIES has addresses or networks with commas between, and {error}."
        ) from error


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _within(
    address: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)
