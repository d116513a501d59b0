"""A request's body into the texts of its events, each still to be read by itself."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from netflix_pipeline.errors import BadInput
from netflix_pipeline.lines import TextLines

EVENTS = 5_000
"""Events that a request may hold."""
EVENT_BYTES = 64 * 2**10
"""Bytes that an event's text may have."""
JSON = "application/json"
NDJSON = "application/x-ndjson"
MEDIA_TYPES = {
    JSON: JSON,
    NDJSON: NDJSON,
    "application/ndjson": NDJSON,
    "application/jsonl": NDJSON,
}
"""The media types that are read, and as what."""

SIGNS = 300_000
"""Signs of JSON's structure that are looked at in a body that holds a damaged event."""
STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
"""A text of JSON, or a sign of its structure; a `"` alone begins a text without an end."""
BREAK = re.compile(rb'(?P<text>"(?:[^"\\]++|\\.)*+")|[\r\n]', re.DOTALL)
"""A text of JSON, or a line break outside of any."""
LINE = re.compile(rb"\S[^\r\n]*")

T = TypeVar("T")

_MANY = msgspec.defstruct(
    "_MANY",
    [(f"e{at}", msgspec.Raw | msgspec.UnsetType, UNSET) for at in range(EVENTS + 1)],
    array_like=True,
    gc=False,
)
"""An array of which no more is kept than tells that it is too long: a list would grow with it."""
_FEW = msgspec.json.Decoder(list[msgspec.Raw])
_ARRAY = msgspec.json.Decoder(_MANY)
_WHOLE = msgspec.json.Decoder(msgspec.Raw)


class UnreadableBody(BadInput):
    """The body as a whole is not what its media type says."""


class TooManyEvents(BadInput):
    """A request holds more events than it may."""


def cut(body: bytes, media_type: str) -> list[bytes]:
    """The texts of the events in a body of one of `MEDIA_TYPES`, without line breaks, in order.

    A text need not be JSON: that shows when it is read. Raises UnreadableBody, TooManyEvents.
    """
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise UnreadableBody("the body is empty: send one event, an array of events or NDJSON.")
    if MEDIA_TYPES[media_type] == NDJSON:
        if b"\r" not in body and body.count(b"\n") < EVENTS:
            lines = TextLines(body)
            if lines.begin_objects:  # as nearly everybody writes it
                return lines
        return _few(match[0] for match in LINE.finditer(body))
    return _of_json(body)


def _few(texts: Iterable[T]) -> list[T]:
    """The texts, of which no more are taken than tells that they are too many."""
    taken = list(islice(texts, EVENTS + 1))
    if len(taken) > EVENTS:
        raise TooManyEvents(
            f"the request holds more than {EVENTS:,} events, which is what it may hold: send it in "
            "parts."
        )
    return taken


def _of_json(body: bytes) -> list[bytes]:
    if body.startswith(b"{"):
        try:
            _WHOLE.decode(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableBody(f"the body is no JSON object that can be read: {error}") from error
        return [_on_one_line(body)]
    if not body.startswith(b"["):
        raise UnreadableBody("the body is neither a JSON object nor an array of them.")
    try:
        elements = _array(body)
    except (ValueError, RecursionError) as error:
        # A blank for a line break; within a text one is damage, and stays.
        texts = _few(_elements(body, str(error)))
        return [BREAK.sub(lambda match: match["text"] or b" ", text) for text in texts]
    elements = _few(elements)
    if b"\n" in body or b"\r" in body:
        return [_on_one_line(bytes(element)) for element in elements]
    return TextLines(b"\n".join(elements)) if elements else []


def _on_one_line(text: bytes) -> bytes:
    """JSON in which a line break is blank space: within a text it would be written as an escape."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def _array(body: bytes) -> Sequence[msgspec.Raw]:
    if len(body) < 2 * EVENTS:  # with its comma, each takes two bytes at least
        return _FEW.decode(body)
    elements: tuple[Any, ...] = msgspec.structs.astuple(_ARRAY.decode(body))
    return elements[: elements.index(UNSET)] if elements[-1] is UNSET else elements


def _elements(body: bytes, problem: str) -> Iterator[bytes]:
    """The elements of an array of which some are damaged, so that the others can be taken."""
    begin, depth = 1, 0
    for looked_at, match in enumerate(STRUCTURE.finditer(body)):
        sign = match[0]
        if looked_at > SIGNS or sign == b'"':
            break
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
        if depth == 0:
            if sign != b"]" or match.end() != len(body):
                break
            yield body[begin : match.start()].strip()
            return
        if depth == 1 and sign == b",":
            yield body[begin : match.start()].strip()
            begin = match.end()
    raise UnreadableBody(f"the body is no JSON array that can be read: {problem}")
