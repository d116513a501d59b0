"""Addresses of API and dashboard: the one place that writes them, and takes their paths apart.

A path is made of segments, names and ids, whatever signs an id holds: what is neither letter, digit
nor one of `-._~` stands in it as %XX, also a slash. Browsers and proxies take the segments `.` and
`..` out of an address, however they are written: the slash before one is written as %2F, so that it
is no segment to them.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlencode

DOTS = frozenset((".", ".."))
JOINED = re.compile(r"([\w-]+)%2[fF](\.\.?)", re.ASCII)
"""A name, and behind it an id of dots."""


def address(*segments: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """The address of what these segments name, of the service's own root where there are none."""
    path = ""
    for segment in segments:
        path += ("%2F" if path and segment in DOTS else "/") + quote(segment, safe="")
    return (path or "/") + query_string(query)


def filled(path: str, **values: str) -> str:
    """The address of a path with names in braces, such as `/titles/{title_id}`."""
    parts = path.removeprefix("/").split("/")
    return address(
        *(values[part[1:-1]] if part.startswith("{") else part for part in parts if part)
    )


def query_string(query: Iterable[tuple[str, str]]) -> str:
    """The query of an address, with its `?` where it asks for something."""
    encoded = urlencode(list(query))
    return f"?{encoded}" if encoded else ""


def segments(path: str) -> list[str]:
    """The segments of a path as it stands in an address."""
    first, *rest = path.removeprefix("/").split("/")
    joined = JOINED.fullmatch(first)
    return [unquote(part) for part in ([*joined.groups(), *rest] if joined else [first, *rest])]
