"""Versions of the API: everything is below `/v1`; what the first release had, also where it was.

A request for an old address is led below `/v1` here, at the edge: within, each resource has one
path. Whoever tells its answer uses the names of then (`old_names`). Headers say since when the
address is deprecated (RFC 9745), until when it stays (RFC 8594), and what takes its place (RFC
5829). Addresses of the service itself, such as `/health` and `/live`, have no version.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netflix_pipeline.access import Clients

V1 = "/v1"

OLD_PATHS = (
    "/events",
    "/analytics",
    "/analytics/timeseries",
    "/analytics/heatmap",
    "/analytics/audience",
    "/analytics/retention",
    "/analytics/lifecycle",
    "/analytics/segments",
    "/analytics/search",
    "/analytics/recommendations",
    "/plays",
    "/metrics-catalog",
    "/top10",
    "/titles",
    "/titles/{title_id}",
    "/users/{user_id}",
    "/users/{user_id}/history",
    "/users/{user_id}/viewing",
    "/users/{user_id}/export",
    "/users/{user_id}/erasure",
    "/households/{household}/viewing",
    "/households/{household}/history",
    "/quality/ledger",
    "/quality/quarantine",
    "/quality/checks",
    "/quality/snapshots",
)
"""What the first release had, and no release adds to."""

ADDED = {
    "/titles": frozenset({"compare"}),
    "/quality/ledger": frozenset({"only"}),
    "/quality/checks": frozenset({"table"}),
}
"""Parameters that these take below `/v1` alone."""
STAYING = "/events"
"""The one that is not deprecated: what sends events is in many hands, and is changed last."""

DEPRECATED = datetime(2026, 12, 1, tzinfo=UTC)
SUNSET = datetime(2027, 12, 1, tzinfo=UTC)
"""From when on the old addresses may be gone."""
HEADERS = {
    "Deprecation": f"@{DEPRECATED.timestamp():.0f}",
    "Sunset": format_datetime(SUNSET, usegmt=True),
}
"""What each answer at a deprecated address says, beside its `Link`."""

_EXACTLY = frozenset(path for path in OLD_PATHS if "{" not in path)
_BELOW = tuple({path.partition("{")[0] for path in OLD_PATHS} - _EXACTLY)
_LATER = re.compile("/titles/.+/similar|/users/.+/(leaving|recommendations)", re.DOTALL)
"""What came later and looks like an id within one of those."""
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_NAMED = re.compile(r"(?<= )/(?=(?:titles|users)[/?])")
_STATE = "old_address"
IN_ADDRESSES = "/%:@!$&'()*+,;="
"""Signs that stand in an address as they are, beside letters, digits and `-._~`."""
LONGEST = 2048
"""Characters of an address that a header tells."""


def is_old_path(path: str) -> bool:
    """Whether it is one that the first release had, or an id within one of those."""
    return path in _EXACTLY or (path.startswith(_BELOW) and not _LATER.fullmatch(path))


def is_old(scope: Scope) -> bool:
    """Whether a request came to an old address."""
    return _STATE in scope.get("state", ())


def without_version(path: str) -> str:
    """A path as it is without `/v1`."""
    return path.removeprefix(V1) if path.startswith(f"{V1}/") else path


def as_asked(scope: Scope, path: str) -> str:
    """A path within the service as whoever sent the request knows it."""
    return path.removeprefix(V1) if is_old(scope) else path


def with_addresses(scope: Scope, text: str) -> str:
    """A text for people, in which addresses are such as whoever sent the request knows."""
    return text if is_old(scope) else _NAMED.sub(f"{V1}/", text)


class OldAddresses:
    """ASGI middleware that leads old addresses below `/v1`, within `PathSegments`."""

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        self._app = app
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and is_old_path(scope["path"]):
            if scope["path"] != STAYING:
                send = _telling(send, self._successor(scope))
            scope["state"][_STATE] = True
            scope["path"] = V1 + scope["path"]
        await self._app(scope, receive, send)

    def _successor(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The header that leads to the same below `/v1`; none where that is very long."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        asked = quote(raw.partition(b"?")[0], safe=IN_ADDRESSES)
        if query := scope["query_string"]:
            asked += "?" + quote(query, safe=IN_ADDRESSES + "?")
        if len(asked) > LONGEST:
            return []
        successor = f'<{self._clients.origin(scope)}{V1}{asked}>; rel="successor-version"'
        return [(b"link", successor.encode())]


def _telling(send: Send, successor: list[tuple[bytes, bytes]]) -> Send:
    """Sends answers that tell of the deprecation."""
    headers = [*_RAW, *successor]

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return told
