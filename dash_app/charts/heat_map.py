"""Amounts as steps of one colour: traces `heatmap`, by weekday and hour or day by day; matrices."""

from collections.abc import Sequence

from dash_app.charts.plot import (
    LEVELS,
    below,
    box,
    centre,
    labels,
    largest,
    level,
    plot,
    share,
    stretched,
)
from dash_app.figures import Figure
from dash_app.markup import Html, Node, element

FEWEST_WEEKS = 13
"""Columns of a calendar at least: the cells of a few weeks would be as wide as the chart."""


def heat_map(figure: Figure, label: str) -> Html:
    """A cell for each value, read along the rows; of a calendar, transposed, down its weeks.

    What has no value there is no day of it.
    """
    (trace,), layout = figure["data"], figure["layout"]
    z, by_week = trace["z"], trace.get("transpose", False)
    rows = len(trace["y"])
    columns = max(FEWEST_WEEKS, len(z)) if by_week else len(trace["x"])
    paths: dict[int, list[str]] = {}
    for at, values in enumerate(z):
        for place, value in enumerate(values):
            if by_week and value is None:
                continue
            x, y = (at, place) if by_week else (place, at)
            cell = box(x / columns, y / rows, 1 / columns, 1 / rows)
            paths.setdefault(level(value, trace["zmax"]), []).append(cell)
    # One path for all the cells of a step: few elements, however many cells.
    cells = [
        element("path", d="".join(paths[step]), class_=f"cell step-{step}")
        for step in range(LEVELS + 1)
        if step in paths
    ]
    margin = [
        element("text", name, x="-10", y=share(centre(row, rows)), dy="0.35em")
        for row, name in labels(layout["yaxis"], trace["y"]).items()
        if not (by_week and row % 2)
    ]
    return plot(
        "heat calendar" if by_week else "heat",
        element("g", margin, class_="margin"),
        stretched(cells),
        label=label,
        grid=(columns, rows),
        axis=below(labels(layout["xaxis"], trace["x"]), columns),
        first=next(at for at, value in enumerate(z[0]) if value is not None) if by_week else None,
    )


def matrix(
    rows: Sequence[Sequence[float | None]],
    said: Sequence[Sequence[Node]],
    *,
    heads: Sequence[Node],
    names: Sequence[Sequence[Node]],
    caption: str,
) -> Html:
    """A table that is its own chart, of values in steps of a colour.

    `said` are the values in words, or links.
    `heads` stand above all columns, those of `names` included; `names` begin each row. A value
    of None is an empty cell.
    """
    most = largest(value for row in rows for value in row)
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
