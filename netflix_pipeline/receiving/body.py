"""A request's body into the texts of its events, each still to be read by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from netflix_pipeline.errors import BadInput

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

SIGNS = 1_000_000
"""Signs of JSON's structure that are looked at in a body that holds a damaged event."""
STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


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
        texts = [line for line in body.splitlines() if line and not line.isspace()]
    else:
        texts = _of_json(body)
    if len(texts) > EVENTS:
        raise TooManyEvents(
            f"the request holds {len(texts):,} events and may hold {EVENTS:,}: send it in parts."
        )
    return texts


def _of_json(body: bytes) -> list[bytes]:
    if body.startswith(b"{"):
        try:
            msgspec.json.decode(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableBody(f"the body is no JSON object that can be read: {error}") from error
        texts = [body]
    elif body.startswith(b"["):
        try:
            texts = [bytes(raw) for raw in _ARRAY.decode(body)]
        except (ValueError, RecursionError) as error:
            texts = list(_elements(body, str(error)))
    else:
        raise UnreadableBody("the body is neither a JSON object nor an array of them.")
    if b"\n" in body or b"\r" in body:
        # Within JSON a line break is blank space: in a text it would be written as \n.
        texts = [text.replace(b"\n", b" ").replace(b"\r", b" ") for text in texts]
    return texts


def _elements(body: bytes, problem: str) -> Iterator[bytes]:
    """The elements of an array of which some are damaged, so that the others can be taken."""
    begin, depth = 1, 0
    for count, found in enumerate(STRUCTURE.finditer(body)):
        if count > SIGNS:
            break
        sign = body[found.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if depth == 0:
            if sign != ord("]") or found.end() != len(body):
                break
            yield body[begin : found.start()].strip()
            return
        if depth == 1 and sign == ord(","):
            yield body[begin : found.start()].strip()
            begin = found.end()
    raise UnreadableBody(f"the body is no JSON array that can be read: {problem}")
