"""HTML and SVG as values: what is not `Html` already is text, and is escaped."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias, Union

VOID = {"br", "circle", "img", "input", "line", "link", "meta", "path", "rect", "stop"}
"""Elements that cannot have children."""


class Html(str):
    """Text that is markup, with everything in it escaped where it must be."""

    __slots__ = ()


Node: TypeAlias = Union[str, int, "Html", Iterable["Node"], None]
"""What an element can hold; None is nothing, and numbers and plain strings are text."""


def fragment(*children: Node) -> Html:
    """Several nodes after one another."""
    return Html("".join(map(_written, children)))


def element(name: str, /, *children: Node, **attributes: str | float | bool | None) -> Html:
    """An element. In names of attributes `_` stands for `-`, and a last `_` is dropped.

    True writes a bare attribute; None and False leave it out.
    """
    attributes_text = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in VOID:
        return Html(f"<{name}{attributes_text}/>")
    return Html(f"<{name}{attributes_text}>{fragment(*children)}</{name}>")


def _written(node: Node) -> str:
    if node is None:
        return ""
    if isinstance(node, Html):
        return node
    if isinstance(node, str | int):
        return escape(str(node))
    return "".join(map(_written, node))
