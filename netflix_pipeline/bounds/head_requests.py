"""HEAD, answered wherever GET is."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware that answers HEAD as GET is answered, without the body.

    Who looks at the request within it sees a GET.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_sent = False
        goes_on = asyncio.Event()

        async def without_body(message: Message) -> None:
            nonlocal is_sent
            if message["type"] == "http.response.start":
                await send(message)
                return
            if not is_sent:
                is_sent = True
                await send({"type": "http.response.body", "body": b""})
            if message.get("more_body"):
                goes_on.set()

        scope["method"] = "GET"
        answering = asyncio.ensure_future(self._app(scope, receive, without_body))
        enough = asyncio.ensure_future(goes_on.wait())
        try:
            await asyncio.wait((answering, enough), return_when=asyncio.FIRST_COMPLETED)
            answering.cancel()  # a stream may have no end, and nobody reads it
            with suppress(asyncio.CancelledError):
                await answering
        finally:
            answering.cancel()
            enough.cancel()
            scope["method"] = "HEAD"
