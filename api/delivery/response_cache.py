"""Response cache (LRU): answers by snapshot version and question, ready in each coding.

Only the event loop's thread touches them.
"""

from typing import Any, NamedTuple

from starlette.types import Scope

from api.delivery.negotiation import compressed
from api.delivery.request_key import Body, QuestionRequest
from api.versions import as_asked
from netflix_pipeline.access import Clients
from netflix_pipeline.bounds import BoundedCache

MOST = 64 * 2**20
"""Bytes of answers that are kept, where nothing else is said."""
ALIASES = 8 * 2**20
"""Bytes of requests that are remembered as asking a question."""
LONGEST = 2048
"""Bytes of one of them, with its question: longer ones are not remembered."""
EACH = 1024
"""Bytes that something kept takes besides what is sent."""

Headers = list[tuple[bytes, bytes]]


class Preferences(NamedTuple):
    """What a request says of how it wants its answer."""

    accept: bytes | None
    accept_encoding: bytes | None
    if_none_match: bytes | None


PREFERENCES = (b"accept", b"accept-encoding", b"if-none-match")


def preferences(scope: Scope) -> Preferences:
    """What the headers of a request say; several lines of one header are one list."""
    said: dict[bytes, bytes | None] = dict.fromkeys(PREFERENCES)
    for name, value in scope["headers"]:
        if name in said:
            before = said[name]
            said[name] = value if before is None else before + b"," + value
    return Preferences(*said.values())


class CachedResponse:
    """An answer, and its codings as they are made."""

    def __init__(self, body: Body, question: QuestionRequest[Any]) -> None:
        self.body = body
        self.question = question
        self.asked = 0
        # All codings together are shorter than twice the answer.
        self.size = 2 * len(body.content) + 4 * len(question.key) + 2 * EACH
        self._ready = {"identity": self._headers("identity", body.content)}

    def ready(self, coding: str) -> tuple[Headers, bytes] | None:
        """Headers and content in a coding; None when it is not made yet."""
        return self._ready.get(coding)

    def make(self, coding: str) -> tuple[Headers, bytes]:
        """Headers and content in a coding."""
        content = compressed(self.body.content, coding)
        made = self._ready[coding] = self._headers(coding, content)
        return made

    def matches(self, if_none_match: bytes, coding: str) -> bytes | None:
        """The first of these tags that names this answer, in whatever coding; None without.

        `*` names all: then it is the tag of the coding.
        """
        for known_tag in if_none_match.decode("latin-1").split(","):
            tag = known_tag.strip().removeprefix("W/")
            if tag == "*":
                return _tag(self.body, coding)
            if tag.strip('"').removesuffix("-br").removesuffix("-gzip") == self.body.tag:
                return tag.encode("latin-1")
        return None

    def _headers(self, coding: str, content: bytes) -> tuple[Headers, bytes]:
        media_type = self.body.media_type
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        by_name = {
            "content-type": media_type,
            "content-length": str(len(content)),
            **{name.lower(): value for name, value in self.body.headers.items()},
        }
        if coding != "identity":
            by_name["content-encoding"] = coding
        headers = [(name.encode(), value.encode("latin-1")) for name, value in by_name.items()]
        return [*headers, *cache_headers(_tag(self.body, coding))], content


def _tag(body: Body, coding: str) -> bytes:
    suffix = "" if coding == "identity" else f"-{coding}"
    return f'"{body.tag}{suffix}"'.encode()


def cache_headers(tag: bytes) -> Headers:
    """The headers that a 200 and a 304 have in common."""
    return [
        (b"etag", tag),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Accept, Accept-Encoding"),
    ]


def absolute(headers: Headers, clients: Clients, scope: Scope) -> Headers:
    """Headers of what is kept, as one request is told them: its `Link` has scheme and host too."""
    return [
        (name, b"<%b%b" % (clients.origin(scope).encode(), value.removeprefix(b"<")))
        if name == b"link"
        else (name, value)
        for name, value in headers
    ]


class Alias(NamedTuple):
    """What a request that came before asks: a question, in a coding, of a route."""

    key: str
    coding: str
    route: str


Asked = tuple[str, bytes, bytes | None, bytes | None]
"""The bytes of a request that tell what it asks, and how it wants the answer."""


class AnswerCache:
    """The answers used last, up to a total size, of the newest version and those that follow it."""

    def __init__(self, most: int = MOST) -> None:
        self._answers: BoundedCache[tuple[int, str], CachedResponse] = BoundedCache(
            most, most, lambda _, kept: kept.size
        )
        self._aliases: BoundedCache[Asked, Alias] = BoundedCache(ALIASES, LONGEST, _bytes)

    @property
    def size(self) -> int:
        """Bytes that the answers take."""
        return self._answers.size

    def get(self, version: int, key: str) -> CachedResponse | None:
        """The answer to a question from a version; None when it is not kept."""
        kept = self._answers.get((version, key))
        if kept:
            kept.asked += 1
            self._answers.renew((version, key))
        return kept

    def put(self, version: int, kept: CachedResponse) -> None:
        """Keep an answer; those not used for longest give way."""
        self._answers.put((version, kept.question.key), kept)

    def drop_before(self, version: int) -> None:
        """Let go of the answers of older versions."""
        for (of, _), kept in self._answers.items():
            if of < version:
                self._answers.drop((of, kept.question.key))

    def asked_most(self, version: int, count: int) -> list[QuestionRequest[Any]]:
        """The questions that a version was asked most often, and those that are always warmed."""
        # Asked by the thread that found a new snapshot: `items` is a copy.
        answers = [kept for (of, _), kept in self._answers.items() if of == version]
        often = sorted(answers, key=lambda kept: -kept.asked)[:count]
        return [kept.question for kept in often if kept.asked or kept.question.is_warmed]

    def alias(self, scope: Scope, preferences: Preferences) -> Alias | None:
        """What a request asks, when one like it was answered before."""
        return self._aliases.get(_asked(scope, preferences))

    def remember(self, scope: Scope, preferences: Preferences, alias: Alias) -> None:
        """Remember what a request asks."""
        self._aliases.put(_asked(scope, preferences), alias)


def _asked(scope: Scope, preferences: Preferences) -> Asked:
    path = as_asked(scope, scope["path"])
    return path, scope["query_string"], preferences.accept, preferences.accept_encoding


def _bytes(request: Asked, alias: Alias) -> int:
    parts = (*request, alias.key, alias.coding)
    return EACH // 2 + sum(len(part) for part in parts if part)
