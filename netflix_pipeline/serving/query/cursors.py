"""Cursors: where a page ended, as a text that means nothing to its reader."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from netflix_pipeline.errors import BadInput


class BadCursor(BadInput):
    """A page's cursor was not made by this service, or for another question."""

    parameters = ("cursor",)


def encode(kind: str, *place: str | float) -> str:
    """The cursor of a place in a list of some kind."""
    text = json.dumps([kind, *place], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(kind: str, cursor: str, types: Sequence[type]) -> list[Any]:
    """The place that a cursor of the kind names: values of these types. Raises BadCursor.

    Whole numbers among them are not negative and fit 64 bits.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        document = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        json.dumps(document, ensure_ascii=False).encode()  # no text may hold half of a character
    except (binascii.Error, ValueError, RecursionError):
        document = None
    if (
        not isinstance(document, list)
        or [kind, *types] != [*document[:1], *map(type, document[1:])]
        or not all(0 <= value < 2**63 for value in document if type(value) is int)
    ):
        raise BadCursor(
            "the cursor is not one that this list gave out: take `next` of the page before, "
            "unchanged, with the same other parameters, or leave it out to begin anew."
        )
    return document[1:]
