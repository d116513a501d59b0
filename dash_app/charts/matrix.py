"""Shares by cohort and time: a table that is its own chart, since every cell has its number."""

from collections.abc import Sequence

from dash_app.charts.scale import largest, level
from dash_app.markup import Html, Node, element


def matrix(
    rows: Sequence[Sequence[float | None]],
    said: Sequence[Sequence[Node]],
    *,
    heads: Sequence[Node],
    names: Sequence[Sequence[Node]],
    caption: str,
    most: float | None = None,
) -> Html:
    """A table of values in steps of a colour; `said` are the values in words, or links.

    `heads` stand above all columns, those of `names` included; `names` begin each row. A value
    of None is an empty cell.
    """
    most = most or largest(value for row in rows for value in row)
    body = [
        element(
            "tr",
            element("th", name[0], scope="row"),
            [element("td", each, class_="plain") for each in name[1:]],
            [
                element("td", text, class_=f"step-{level(value, most)}")
                if value is not None
                else element("td")
                for value, text in zip(row, texts, strict=True)
            ],
        )
        for name, row, texts in zip(names, rows, said, strict=True)
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="unseen"),
            element("thead", element("tr", [element("th", head, scope="col") for head in heads])),
            element("tbody", body),
            class_="matrix",
        ),
        tabindex="0",
        role="region",
        aria_label=caption,
        class_="scroll",
    )
