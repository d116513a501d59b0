"""A JSON object that can be read in one way only.

JSON itself leaves open what a name that comes twice tells, and how deep a reader must follow. So
whoever takes events reads them by this, and looks at names that repeat before it believes a value.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
"""A text of JSON, or a sign of its structure; a `"` alone begins a text without an end."""

DEEPEST = 64
"""Objects and arrays that may lie within one another."""

REPEATED = "tells a name twice"

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read_object(text: bytes) -> dict[str, Any]:
    """What a JSON object tells, the last of each name; ValueError where the text is none.

    Text is UTF-8 without lone surrogates, numbers are finite: what is less strict is no JSON.
    """
    try:
        told = _decode(text)
    except RecursionError:
        deep = True
    else:
        # How deep a reader can go depends on where it is called: this does not.
        deep = text.count(b"[") + text.count(b"{") > DEEPEST and _outline(text)[1] > DEEPEST
    if deep:
        raise ValueError(f"more than {DEEPEST} objects and arrays lie within one another")
    return told


def read_once(text: bytes) -> dict[str, Any]:
    """The same of an object that tells each name once; ValueError for any other."""
    told = read_object(text)
    if repeats_a_name(text, len(told)):
        raise ValueError(REPEATED)
    return told


def repeats_a_name(text: bytes, names: int) -> bool:
    """Whether one of so many different names comes twice in an object that could be read."""
    # There are at least as many commas as members, but for one.
    return text.count(b",") >= names > 0 and _outline(text)[0] > names


def _outline(text: bytes) -> tuple[int, int]:
    """The members of an object with at least one, and how deep it goes."""
    members, depth, deepest = 1, 0, 0
    for found in STRUCTURE.finditer(text):
        sign = found[0]
        if sign in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif sign in (b"}", b"]"):
            depth -= 1
        elif sign == b"," and depth == 1:
            members += 1
    return members, deepest
