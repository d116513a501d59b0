"""What all charts have: a plot that is named and read by pointer and keyboard, and axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dash_app.charts.scale import centre, share
from dash_app.markup import Html, Node, element, fragment

SIZE = 1000
"""Units of a drawing's own grid, stretched to whatever holds it."""


def plot(
    kind: str,
    *drawing: Node,
    label: str,
    grid: tuple[int, int],
    axis: Html | None = None,
    height: int | None = None,
    first: int | None = None,
) -> Html:
    """A chart of a kind. `label` is what is told in place of the drawing.

    `grid` are the columns and rows of equal cells that it can be read by; each is a row of the
    table that belongs to the chart, in order: along the rows, or, where `first` is the cell of
    the table's first row, down the columns. `height` are its pixels, else its kind has one.
    """
    columns, rows = grid
    drawn = element(
        "svg",
        drawing,
        role="img",
        aria_label=label,
        tabindex="0",
        height=height,
        class_="plot",
        data_grid=f"{columns}x{rows}",
        data_first=first,
    )
    return element(
        "div", element("div", drawn, class_="field"), axis, class_=f"chart {kind}", data_chart=True
    )


def stretched(*drawing: Node) -> Html:
    """A drawing in units of SIZE that fills what holds it."""
    return element(
        "svg",
        drawing,
        viewBox=f"0 0 {SIZE} {SIZE}",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
    )


def gridlines(scale: list[float], tick: Callable[[float], str], low: float = 0) -> Html:
    """The lines of an axis from bottom to top, each with its number in the margin."""
    top = scale[-1]
    return element(
        "g", [_gridline(value, (value - low) / (top - low), tick) for value in scale], class_="grid"
    )


def _gridline(value: float, height: float, tick: Callable[[float], str]) -> Html:
    y = share(1 - height)
    return fragment(
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="base" if value == 0 else None),
        element("text", tick(value), x="-10", y=y, dy="0.32em"),
    )


def below(labels: Mapping[int, str], count: int) -> Html:
    """The axis below so many bands; `labels` by index."""
    return element(
        "svg",
        [
            element("text", text, x=share(centre(index, count)), y="1.1em")
            for index, text in labels.items()
        ],
        aria_hidden="true",
        class_="axis",
    )


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a path, in units of SIZE, from shares of the plot."""
    left, top, wide, high = (f"{SIZE * each:.1f}" for each in (x, y, width, height))
    return f"M{left} {top}h{wide}v{high}h-{wide}z"
