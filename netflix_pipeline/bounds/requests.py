"""How large a request may be, looked at before anything else is done with it."""

from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netflix_pipeline.bounds.bodies import OutOfBounds, Room, TooManyBodies, read
from netflix_pipeline.bounds.sockets import give_up_the_unread

ADDRESS_BYTES = 8 * 2**10
"""Bytes of an address: path and query, as sent."""
PARAMETERS = 100
"""Parameters of an address."""
HEADER_BYTES = 8 * 2**10
"""Bytes of one header."""
HEADERS_BYTES = 32 * 2**10
"""Bytes of all headers together; the server takes no more than a hundred of them."""

ROOM = 32 * 2**20
"""Bytes of the bodies that are held at one time where they are read here."""


class AddressTooLong(OutOfBounds):
    """Path and query are longer than may be."""

    status = 414


class TooManyParameters(OutOfBounds):
    """The query has more parameters than may be."""

    status = 422


class HeadersTooLarge(OutOfBounds):
    """One header, or all of them, are longer than may be."""

    status = 431


Refusal = Callable[[Scope, OutOfBounds | TooManyBodies], Response]
"""How a service says no."""


class RequestBounds:
    """ASGI middleware that lets nothing pass that is out of bounds.

    With `body_bytes`, bodies are read here, as a whole, and handed on once they are there; those of
    a `POST` may be so long, of other methods there are none. Without, whoever takes a body reads it
    by `bodies.read`.
    """

    def __init__(self, app: ASGIApp, refuse: Refusal, body_bytes: int | None = None) -> None:
        self._app = app
        self._refuse = refuse
        self._body_bytes = body_bytes
        self._room = Room(ROOM)
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                scope["headers"] = _without_escapes(scope["headers"])
            await self._app(scope, receive, send)
            return
        if not self._has_begun:  # now the server listens for sure
            self._has_begun = True
            give_up_the_unread(int((scope.get("server") or ("", 0))[1] or 0))
        try:
            look(scope)
        except OutOfBounds as error:
            await self._refuse(scope, error)(scope, receive, send)
            return
        scope["headers"] = _without_escapes(scope["headers"])
        if self._body_bytes is None or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        with self._room.held(client[0] if client else "") as hold:
            try:
                most = self._body_bytes if scope["method"] == "POST" else 0
                body = await read(Request(scope, receive), most, hold)
            except (OutOfBounds, TooManyBodies) as error:
                await self._refuse(scope, error)(scope, receive, send)
                return
            except ClientDisconnect:
                return
            await self._app(scope, again(body, receive), send)


def look(scope: Scope) -> None:
    """Raises AddressTooLong, TooManyParameters, or HeadersTooLarge."""
    query: bytes = scope["query_string"]
    if len(scope.get("raw_path") or scope["path"]) + len(query) > ADDRESS_BYTES:
        raise AddressTooLong(
            f"path and query may have {ADDRESS_BYTES:,} bytes: leave out what is not needed."
        )
    if query.count(b"&") >= PARAMETERS:
        raise TooManyParameters(
            f"an address may have {PARAMETERS} parameters: leave out what is not needed."
        )
    total = 0
    for name, value in scope["headers"]:
        size = len(name) + len(value)
        if size > HEADER_BYTES:
            raise HeadersTooLarge(
                f"the header {name[:50].decode('latin-1')} has {size:,} bytes and may have "
                f"{HEADER_BYTES:,}."
            )
        total += size
    if total > HEADERS_BYTES:
        raise HeadersTooLarge(
            f"the headers have {total:,} bytes and may have {HEADERS_BYTES:,} together."
        )


def _without_escapes(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers without those cookies that hold a backslash, as none of ours does.

    Python reads such a cookie in a time that grows with the square of its length.
    """
    if not any(b"\\" in value for name, value in headers if name == b"cookie"):
        return headers
    return [(name, _plain(value) if name == b"cookie" else value) for name, value in headers]


def _plain(cookies: bytes) -> bytes:
    return b";".join(each for each in cookies.split(b";") if b"\\" not in each)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes after it."""
    is_over = False

    async def replayed() -> Message:
        nonlocal is_over
        if is_over:
            return await receive()
        is_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
