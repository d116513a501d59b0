"""A JSON object that can be read in one way only.

JSON itself leaves open what a name that comes twice tells, and how deep a reader must follow. So
whoever takes events reads them by this, and looks at names that repeat before it believes a value.
"""

import json
from typing import Any

import msgspec

DEEPEST = 64
"""Objects and arrays that may lie within one another."""

REPEATED = "tells a name twice"

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read_object(text: bytes) -> dict[str, Any]:
    """What a JSON object tells, the last of each name; ValueError where the text is none.

    Text is UTF-8 without lone surrogates, numbers are finite: what is less strict is no JSON.
    """
    try:
        fields = _decode(text)
    except RecursionError:
        deep = True
    else:
        # How deep a reader can go depends on where it is called: this does not.
        deep = text.count(b"[") + text.count(b"{") > DEEPEST and _is_deep(fields)
    if deep:
        raise ValueError(f"more than {DEEPEST} objects and arrays lie within one another")
    return fields


def read_once(text: bytes) -> dict[str, Any]:
    """The same of an object that tells each name once; ValueError for any other."""
    fields = read_object(text)
    if repeats_a_name(text, len(fields)):
        raise ValueError(REPEATED)
    return fields


def repeats_a_name(text: bytes, names: int) -> bool:
    """Whether one of so many different names comes twice in an object that could be read."""
    # There are at least as many commas as members, but for one.
    if text.count(b",") < names:
        return False
    return len(json.loads(text, object_pairs_hook=tuple, parse_int=str)) > names


def _is_deep(fields: dict[str, Any]) -> bool:
    """Whether more than the deepest objects and arrays lie within one another."""
    level: list[Any] = [fields]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)
