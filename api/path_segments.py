"""Paths in which an id stays one segment, whatever signs it holds, slashes and line breaks too.

A server decodes the path of a request, and then a slash within an id looks like one that parts. So
it is made anew from what was sent: `/` and `%` of a segment stand in it as %2F and %25, until the
router, or who lets somebody in, asks for an id. No two addresses of different things are the same.
"""

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from api.versions import without_version
from netflix_pipeline import addresses
from netflix_pipeline.ids import BLANKS

BELOW_A_PERSON = frozenset(
    ("history", "viewing", "leaving", "recommendations", "export", "erasure")
)
"""What can be read below one person."""
PADDING = BLANKS.replace("\0", "")
"""What pads an id in an address. NULs do so in files of some tools; here somebody tries them."""


def coded(segment: str) -> str:
    """A segment as it stands in a path here."""
    return segment.replace("%", "%25").replace("/", "%2F")


def decoded(segment: str) -> str:
    """What a segment of such a path says; segments with slashes between them are one id as well."""
    return segment.replace("%2F", "/").replace("%25", "%")


def id_in(segment: str) -> str:
    """The id that a segment tells, as it is stored."""
    return decoded(segment).strip(PADDING)


def address(path: str, query: list[tuple[str, str]]) -> str:
    """The address of such a path."""
    return addresses.address(*map(decoded, path[1:].split("/")), query=query)


class PathSegments:
    """ASGI middleware that makes the path so, before anybody looks at it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or b""
            if b"%2" in raw and raw.isascii():
                sent = raw.decode().partition("?")[0]
                within = without_version(sent)
                parts = map(coded, addresses.segments(within))
                scope["path"] = f"{sent.removesuffix(within)}/{'/'.join(parts)}"
        await self._app(scope, receive, send)


class Id(Convertor[str]):
    """An id; a route for what lies below it must come before its own."""

    regex = "(?s:.*)"

    @override
    def convert(self, value: str) -> str:
        """The id as it is stored."""
        return id_in(value)

    @override
    def to_string(self, value: str) -> str:
        """The id as it stands in a path."""
        return coded(value)


class WholeId(Id):
    """An id that does not end like what lies below a person: nobody is erased by mistake."""

    regex = Id.regex + "".join(f"(?<!/{name})" for name in sorted(BELOW_A_PERSON))


register_url_convertor("id", Id())
register_url_convertor("whole_id", WholeId())

PERSON, WHOLE_PERSON = "/users/{user_id:id}", "/users/{user_id:whole_id}"
HOUSEHOLD = "/households/{household:id}"
TITLE = "/titles/{title_id:id}"
SERIES = "/series/{series_id:id}"
LAUNCH = "/launches/{title_id:id}"
LAUNCH_CURVES = "/launch-curves/{title_id:id}"
