"""The sockets on which open pages hear of runs: a bounded number, each while its holder may."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netflix_pipeline.access import Clients
from netflix_pipeline.bounds import NoStreamLeft, OutOfBounds, Streams
from netflix_pipeline.bounds.requests import look
from netflix_pipeline.webserver.requests import RefusedRequest

MOST, OF_ONE = 128, 64
"""Sockets that are open at a time, one a page; and those of one client."""
LONGEST = 1 << 20
"""Characters of one message."""
LOOKED_EVERY = 15.0
"""Seconds after which it is looked again whether its holder is let in."""
VIOLATION, TOO_BIG = 1008, 1009
"""Why a socket is closed, by RFC 6455."""


class Sockets:
    """Those of an application; `lets_in` says whether whoever opened one still may."""

    def __init__(
        self, app: ASGIApp, clients: Clients, lets_in: Callable[[Scope], Awaitable[bool]]
    ) -> None:
        self._app = app
        self._clients = clients
        self._lets_in = lets_in
        self._open = Streams(MOST, OF_ONE)

    async def hold(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one until it ends. Raises RefusedRequest for what is out of bounds."""
        client = self._clients.of(scope)
        try:
            look(scope)
            self._open.look(client)
        except OutOfBounds as error:
            raise RefusedRequest(error.status, str(error)) from error
        except NoStreamLeft as error:
            raise RefusedRequest(503, str(error)) from error
        waiting: asyncio.Future[Message] | None = None
        look_at = monotonic() + LOOKED_EVERY

        async def received() -> Message:
            nonlocal waiting, look_at
            while True:
                waiting = waiting or asyncio.ensure_future(receive())
                await asyncio.wait((waiting,), timeout=max(0.0, look_at - monotonic()))
                if monotonic() >= look_at:
                    if not await self._lets_in(scope):
                        return await _closed(send, VIOLATION)
                    look_at = monotonic() + LOOKED_EVERY
                if waiting.done():
                    message, waiting = waiting.result(), None
                    if len(message.get("text") or message.get("bytes") or "") > LONGEST:
                        return await _closed(send, TOO_BIG)
                    return message

        try:
            with self._open.listening(client):
                await self._app(scope, received, send)
        finally:
            if waiting is not None:
                waiting.cancel()


async def _closed(send: Send, code: int) -> Message:
    """What the application is told once a socket was closed here."""
    await send({"type": "websocket.close", "code": code})
    return {"type": "websocket.disconnect", "code": code}
