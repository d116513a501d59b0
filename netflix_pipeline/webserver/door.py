"""The door in front of Dagster's application: who may ask it, for what, from where, and how much.

    browser ──> host, site, JSON ──> signed in? ──> size ──> Dagster: pages, GraphQL, its socket

On this machine nobody is asked, as at the dashboard. Where people sign in, whoever did so at the
dashboard is known here: a browser sends the cookies of a host to all its ports.
"""

from contextlib import suppress
from hmac import compare_digest
from html import escape

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netflix_pipeline.access import Visitors
from netflix_pipeline.defs.reload import own_key
from netflix_pipeline.errors import PipelineError, Transient
from netflix_pipeline.settings import Settings
from netflix_pipeline.webserver.requests import RefusedRequest, look_at, posted
from netflix_pipeline.webserver.sockets import Sockets

HEADERS = {
    b"content-security-policy": b"frame-ancestors 'self'",  # beside Dagster's own
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
}
ONCE = HEADERS.keys() - {b"content-security-policy"}
SIGN_IN = "Sign in at the dashboard first."
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in first – Dagster</title>
<meta name="color-scheme" content="light dark">
<style>html {{ background: Canvas }}
main {{ font: 1rem/1.5 system-ui; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}
</style>
<main>
<h1>Sign in first</h1>
<p>Dagster lets in whoever is signed in at the dashboard of this platform:
<a href="{dashboard}">sign in there</a>, then load this page again.</p>
<p>The dashboard is served by <code>netflix-pipeline serve dashboard</code>, at the same name as
Dagster; behind a proxy its address may be another than this link's.</p>
</main>
</html>
"""


class Door:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, settings: Settings, visitors: Visitors) -> None:
        self._app = app
        self._settings = settings
        self._visitors = visitors
        self._sockets = Sockets(app, visitors.clients, self._still_lets_in)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hold one socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            look_at(scope, self._settings.known_hosts, numbers=self._settings.keys_required)
            await self._let_in(scope)
            if scope["type"] == "websocket":
                await self._sockets.hold(scope, receive, send)
                return
            if scope["method"] == "POST":
                receive = await posted(scope, receive)
        except RefusedRequest as refused:
            await self._refuse(refused, scope, receive, send)
            return
        await self._app(scope, receive, _protected(send))

    async def _let_in(self, scope: Scope) -> None:
        """Raise RefusedRequest unless whoever asks may."""
        try:
            if await self._knows(scope):
                return
            set_up = self._visitors.is_set_up
        except Transient as error:
            raise RefusedRequest(503, "Who signed in cannot be looked up just now.") from error
        except PipelineError as error:
            raise RefusedRequest(
                503,
                "The passwords of this platform cannot be read, so nobody is let in. Whoever runs "
                "it learns what to do from: netflix-pipeline passwords list",
            ) from error
        if not set_up:
            raise RefusedRequest(
                403,
                "Others can reach Dagster here, and it asks nobody who they are: set a password "
                "(netflix-pipeline passwords set NAME), or name the header in which a proxy tells "
                "who it let in (NETFLIX_TRUSTED_USER_HEADER).",
            )
        if not self._visitors.by_password:
            raise RefusedRequest(401, "The proxy in front did not say who you are.")
        raise RefusedRequest(401, SIGN_IN)

    async def _knows(self, scope: Scope, *, using: bool = True) -> bool:
        scope = {**scope, "type": "http"}  # a socket begins as a request
        return (
            not self._visitors.asks(scope)
            or self._is_of_the_platform(scope)
            or await self._visitors.name(scope, using=using) is not None
        )

    def _is_of_the_platform(self, scope: Scope) -> bool:
        """Whether another process of ours asks, see `reload_code_location`."""
        header = Headers(scope=scope).get("authorization", "").encode("latin-1")
        with suppress(OSError):  # of a home without a key, and in which none can be made
            return header.startswith(b"Bearer ") and compare_digest(
                header, own_key(self._settings).encode()
            )
        return False

    async def _still_lets_in(self, scope: Scope) -> bool:
        try:
            return await self._knows(scope, using=False)
        except PipelineError:
            return False

    async def _refuse(
        self, refused: RefusedRequest, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":
            # Not accepted: the server answers 403.
            await send({"type": "websocket.close", "code": 1008, "reason": refused.reason})
            return
        answer: Response
        if refused.reason == SIGN_IN and "text/html" in Headers(scope=scope).get("accept", ""):
            url = HTTPConnection(scope).url.replace(
                port=self._settings.dashboard_port, path="/", query=""
            )
            page = PAGE.format(dashboard=escape(str(url)))
            answer = HTMLResponse(page, refused.status)
        else:
            answer = PlainTextResponse(f"{refused.reason}\n", refused.status, refused.headers)
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, _protected(send))


def _protected(send: Send) -> Send:
    """Answers that no other site's page frames, embeds or reads."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [
                (name, value)
                for name, value in message.get("headers", ())
                if not name.lower().startswith(b"access-control-") and name.lower() not in ONCE
            ]
            message = {**message, "headers": [*kept, *HEADERS.items()]}
        await send(message)

    return sent
