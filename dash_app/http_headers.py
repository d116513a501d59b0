"""How responses travel: compressed, kept by browsers where they may be, protected, in a locale."""

from collections.abc import Collection

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dash_app.locales import asked_for, written_in
from netflix_pipeline.access import Clients
from netflix_pipeline.bounds import BoundedCache
from netflix_pipeline.errors import panics_raised

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = (
    "default-src 'none'; script-src {files}; style-src {files} 'unsafe-inline'; "
    "img-src {files} data:; font-src {files}; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Styles may be inline because the renderer of Dash brings its own so."""
OVER_TLS = "max-age=31536000"
"""For a year a browser asks here over https alone: where it came over https, by HSTS."""
FOR_GOOD = "public, max-age=31536000, immutable"
TEXT = (
    "text/html",
    "text/csv",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
)
QUALITY = 5
"""Of the compression of what is made for one answer."""
WORTH_IT = 500
"""Bytes from which an answer is compressed."""
STATIC = ("/assets/", "/_dash-component-suites/")
STATIC_KEPT = 64 * 2**20
"""Bytes of files, as they are and compressed, that are kept."""


class HttpHeaders:
    """ASGI middleware that sees to it; numbers and dates are as a browser asks, see `locales`.

    `files` is from where scripts and styles come, as a policy names it; what is asked for at one of
    the `lasting` addresses may be kept for good.
    """

    def __init__(
        self,
        app: ASGIApp,
        clients: Clients,
        files: str = "'self'",
        lasting: Collection[str] = (),
    ) -> None:
        self._app = app
        self._clients = clients
        self._headers = {**HEADERS, "Content-Security-Policy": POLICY.format(files=files)}
        self._lasting = frozenset(address.encode() for address in lasting)
        # By their content: an address may say anything behind its `?`.
        self._compressed: BoundedCache[bytes, bytes] = BoundedCache(
            STATIC_KEPT, STATIC_KEPT // 4, lambda body, packed: len(body) + len(packed)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Files are read here, to be compressed, not handed to the server by their path.
        scope["extensions"] = {}
        requested = Headers(scope=scope)
        takes_brotli = "br" in requested.get("accept-encoding", "")
        begun: Message | None = None
        parts: list[bytes] = []
        packing: brotli.Compressor | None = None

        async def sent(message: Message) -> None:
            nonlocal begun, packing
            if message["type"] == "http.response.start":
                self._head(scope, message)
                if not takes_brotli or not _compressible(message):
                    await send(message)
                elif _goes_on(message):
                    packing = brotli.Compressor(quality=QUALITY)
                    await send(message)
                else:
                    begun = message
            elif packing is not None:
                await send({**message, "body": _packed(packing, message)})
            elif begun is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    content = self._encoded(scope, begun, b"".join(parts))
                    await send(begun)
                    await send({"type": "http.response.body", "body": content})

        with panics_raised(), written_in(asked_for(requested.get("accept-language", ""))):
            await self._app(scope, receive, sent)

    def _head(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if self._clients.over_tls(scope):
            headers["Strict-Transport-Security"] = OVER_TLS
        if scope["path"].startswith("/assets/") and message["status"] == 200:
            # While replicas are replaced, a page of one release may ask another for its files.
            asked = scope["path"].encode() + b"?" + scope["query_string"]
            headers["Cache-Control"] = FOR_GOOD if asked in self._lasting else "no-cache"
        headers.setdefault("Cache-Control", "no-store")

    def _encoded(self, scope: Scope, begun: Message, body: bytes) -> bytes:
        headers = MutableHeaders(scope=begun)
        headers.add_vary_header("Accept-Encoding")
        if len(body) >= WORTH_IT:
            headers["Content-Encoding"] = "br"
            is_file = scope["path"].startswith(STATIC)
            body = self._file(body) if is_file else brotli.compress(body, quality=QUALITY)
        headers["Content-Length"] = str(len(body))
        return body

    def _file(self, body: bytes) -> bytes:
        packed = self._compressed.get(body)
        if packed is None:
            packed = bytes(brotli.compress(body, quality=9))
            self._compressed.put(body, packed)
        return packed


def _goes_on(begun: Message) -> bool:
    """Whether pieces are to be sent as they come, each packed by itself; says so if they are."""
    headers = MutableHeaders(scope=begun)
    if headers.get("x-accel-buffering") != "no":
        return False
    headers.add_vary_header("Accept-Encoding")
    headers["Content-Encoding"] = "br"
    return True


def _packed(packing: brotli.Compressor, message: Message) -> bytes:
    """A piece of an answer, compressed so that it can be read before the next one."""
    packed = packing.process(message.get("body", b""))
    rest = packing.flush() if message.get("more_body", False) else packing.finish()
    return bytes(packed + rest)


def _compressible(begun: Message) -> bool:
    headers = Headers(raw=begun["headers"])
    kind = headers.get("content-type", "").partition(";")[0]
    return (
        kind in TEXT
        and "content-encoding" not in headers
        and begun["status"] not in (204, 206, 304)
    )
