"""HTML and SVG as values: what is not `Html` already is text, and is escaped."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import TypeAlias, Union

VOID = {"br", "circle", "img", "input", "line", "link", "meta", "path", "rect", "stop"}
"""Elements that cannot have children."""
_special = re.compile("[&<>\"']").search


class Html(str):
    """Text that is markup, with everything in it escaped where it must be."""

    __slots__ = ()


Node: TypeAlias = Union[str, int, "Html", Iterable["Node"], None]
"""What an element can hold; None is nothing, and numbers and plain strings are text."""


def fragment(*children: Node) -> Html:
    """Several nodes after one another."""
    parts: list[str] = []
    _write(children, parts)
    return Html("".join(parts))


def element(name: str, /, *children: Node, **attributes: str | float | bool | None) -> Html:
    """An element. In names of attributes `_` stands for `-`, and a last `_` is dropped.

    True writes a bare attribute; None and False leave it out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is True:
            parts.append(f" {_spelled(key)}")
        elif value is not None and value is not False:
            parts.append(f' {_spelled(key)}="{_escaped(str(value))}"')
    if name in VOID:
        parts.append("/>")
    else:
        parts.append(">")
        _write(children, parts)
        parts.append(f"</{name}>")
    return Html("".join(parts))


@cache
def _spelled(name: str) -> str:
    """The name of an attribute as HTML spells it; there are as many as our code has."""
    return name.rstrip("_").replace("_", "-")


def _escaped(text: str) -> str:
    # Of most texts nothing is to be escaped: that is found sooner than each sign is replaced.
    return escape(text) if _special(text) else text


def _write(nodes: Iterable[Node], parts: list[str]) -> None:
    """Put what nodes are written as behind the parts: one list for all of an element."""
    for node in nodes:
        if node is None:
            continue
        if isinstance(node, Html):
            parts.append(node)
        elif isinstance(node, str | int):
            parts.append(_escaped(str(node)))
        else:
            _write(node, parts)
