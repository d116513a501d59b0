"""What an id is, whoever tells it: a file, a request, an address, a person who asks.

An id is a text without blanks around it. A number is an id too, a whole one without a fraction: the
number `77.0` is the person `77`, in Parquet as in JSON. A text is never taken for a number:
`"77.0"` is another person.
"""

import hashlib
import uuid
from decimal import Decimal
from math import isfinite

BLANKS = (
    "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace()) + "\0\u200b\u2060\ufeff"
)
"""Signs that show nothing, in any alphabet: blanks, line breaks, and what pads a text."""

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:netflix-pipeline:event")
"""Of ids that are derived."""


def trimmed(text: str) -> str:
    """The id that a text tells, as it is stored; empty where it tells none."""
    return text.strip(BLANKS)


def digits(number: float) -> str:
    """A number as text: all its digits without an exponent, a whole one without a fraction."""
    if isinstance(number, int) or not isfinite(number):
        return str(number)
    told = format(Decimal(repr(number)), "f")
    whole, _, fraction = told.partition(".")
    if fraction.strip("0"):
        return told
    return "0" if whole == "-0" else whole


def id_of(value: object) -> str | None:
    """The id that a value tells; None for what is neither text nor number."""
    if isinstance(value, str):
        return trimmed(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return digits(value)
    return None


_BEGUN = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def derived_id(source: str, content: str) -> str:
    """An identity for what a source tells without one: a UUIDv5 of the format and the content.

    The same for the same content, whenever it comes.
    """
    # RFC 9562, 5.5. It is uuid.uuid5's text at a third of the time: files have one for each row.
    digest = _BEGUN.copy()
    digest.update(f"{source}\n{content}".encode())
    told = digest.hexdigest()
    return (
        f"{told[:8]}-{told[8:12]}-5{told[13:16]}-{_VARIANTS[told[16]]}{told[17:20]}-{told[20:32]}"
    )
