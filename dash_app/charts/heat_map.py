"""Amounts as steps of one colour: weekday by hour, and the days of a calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash_app.charts.plot import below, box, plot, stretched
from dash_app.charts.scale import LEVELS, centre, largest, level, share
from dash_app.markup import Html, element

Values = Sequence[float | None]

FEWEST_WEEKS = 13
"""Columns of a calendar at least: the cells of a few weeks would be as wide as the chart."""


def heat(
    rows: Sequence[Values], *, names: Sequence[str], labels: Mapping[int, str], label: str
) -> Html:
    """A row of cells for each name, such as weekdays; `labels` stand below columns, by index.

    The chart is read along its rows; `label` is what is told in place of the drawing.
    """
    columns = len(rows[0])
    cells = [
        (column / columns, row / len(rows), value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
    ]
    return plot(
        "heat",
        _margin(dict(enumerate(names)), len(rows)),
        stretched(_cells(cells, 1 / columns, 1 / len(rows))),
        label=label,
        grid=(columns, len(rows)),
        axis=below(labels, columns),
    )


def calendar(
    values: Values, *, first: int, names: Mapping[int, str], labels: Mapping[int, str], label: str
) -> Html:
    """A cell for each day, a column for each week, Monday on top; `first` is day one's weekday.

    `names` stand beside rows and `labels` below columns, by index.
    """
    columns = max(FEWEST_WEEKS, -(-(first + len(values)) // 7))
    cells = [
        ((first + index) // 7 / columns, (first + index) % 7 / 7, value)
        for index, value in enumerate(values)
    ]
    return plot(
        "heat calendar",
        _margin(names, 7),
        stretched(_cells(cells, 1 / columns, 1 / 7)),
        label=label,
        grid=(columns, 7),
        axis=below(labels, columns),
        first=first,
    )


def _margin(names: Mapping[int, str], count: int) -> Html:
    return element(
        "g",
        [
            element("text", name, x="-10", y=share(centre(row, count)), dy="0.35em")
            for row, name in names.items()
        ],
        class_="margin",
    )


def _cells(
    cells: Sequence[tuple[float, float, float | None]], width: float, height: float
) -> list[Html]:
    """One path for all the cells of a step: few elements, however many cells."""
    most = largest(value for _, _, value in cells)
    paths: dict[int, list[str]] = {}
    for x, y, value in cells:
        paths.setdefault(level(value, most), []).append(box(x, y, width, height))
    return [
        element("path", d="".join(paths[step]), class_=f"cell step-{step}")
        for step in range(LEVELS + 1)
        if step in paths
    ]
