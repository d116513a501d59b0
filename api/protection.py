"""What every response carries: a request id and the headers that keep browsers safe."""

from __future__ import annotations

import uuid
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class Protection:
    """ASGI middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._begin = str(uuid.uuid4())[:24]
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A random beginning for each process, then a count: asking the system for chance each
        # time costs more than most of what follows.
        request_id = f"{self._begin}{next(self._numbers):012x}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                there = {name.lower() for name, _ in headers}
                if b"x-request-id" not in there:
                    headers.append((b"x-request-id", request_id.encode()))
                headers.extend(header for header in RAW if header[0] not in there)
            await send(message)

        await self._app(scope, receive, protected)
