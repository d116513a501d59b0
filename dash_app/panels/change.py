"""A change between two numbers, told by sign, arrow, word and colour."""

from dash_app import formats
from dash_app.markup import Html, element, fragment

ARROWS = {-1: "▼", 0: "■", 1: "▲"}
WORDS = {-1: "down", 0: "unchanged", 1: "up"}


def changed(unit: str, now: float | None, before: float | None, was: str | None = None) -> Html:
    """`▲ +4.2%`; `new` where there was nothing before, and a dash where nothing can be said.

    `was` says in words what it was.
    """
    change = formats.change(unit, now, before)
    if change is None:
        return element(
            "span", "new" if now and before == 0 else formats.UNKNOWN, class_="change none"
        )
    text, direction = change
    return element(
        "span",
        fragment(
            element("span", ARROWS[direction], aria_hidden="true"),
            element("span", f"{WORDS[direction]} ", class_="unseen"),
            text,
            element("span", f", {was}", class_="unseen") if was else None,
        ),
        title=was,
        class_=f"change {WORDS[direction]}",
    )
