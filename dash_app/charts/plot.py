"""What all charts have: a plot that is named and read by pointer and keyboard, axes, and marks.

And scales: bands that are worth a label, steps of a colour.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dash_app import figures, formats
from dash_app.markup import Html, Node, element, fragment

SIZE = 1000
"""Units of a drawing's own grid, stretched to whatever holds it."""
LEVELS = 7
"""Steps of a colour that tell amounts apart; 0, for nothing, is one more."""
WIDE = 8
"""Bands up to which each has room for its label, also on a phone."""
SHORT = 3
"""Characters of labels of which a phone has room for all."""
A_YEAR = 366
"""Days in which a day of a month is known without its year."""
TICKS: Mapping[str, Callable[[float], str]] = {
    "": formats.short,
    ".1%": formats.percent,
    ".0%": formats.whole_percent,
}
"""How an axis says its values, by its `tickformat`."""


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


def over_steps(
    kind: str, figure: figures.Figure, scale: list[float], *drawing: Node, label: str
) -> Html:
    """A chart over equal steps, those of its traces' `x`, on a scale, with its shapes."""
    layout, steps = figure["layout"], figure["data"][0]["x"]
    axis = layout.get("yaxis", {})
    if any(trace["x"] != steps for trace in figure["data"]):
        raise ValueError("traces that do not share their x cannot be drawn as SVG.")
    shapes, count = layout.get("shapes", ()), len(steps)
    cut = None
    if scale[0] > 0:
        cut = element("text", f"Axis {figures.cut_off(scale[0])}", y="-12", class_="cut")
        label = f"{label.rstrip()} The axis begins at {formats.percent(scale[0])}."
    return plot(
        kind,
        _gridlines(scale, TICKS[axis.get("tickformat", "")]),
        cut,
        [_band(shape, steps) for shape in shapes if shape["type"] == "rect"],
        drawing,
        [_flag(steps.index(each["x0"]), count) for each in shapes if each["type"] == "line"],
        label=label,
        grid=(count, 1),
        axis=below(labels(layout.get("xaxis", {}), steps), count),
    )


def color_of(trace: figures.Trace) -> str:
    """The colour of a trace's lines or columns."""
    return str(trace.get("marker", {}).get("color", "var(--accent)"))


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


def labels(axis: Mapping[str, Any], values: Sequence[Any]) -> dict[int, str]:
    """What stands at an axis, by index of its values: its ticks, all categories, or some days."""
    if "tickvals" in axis:
        texts = zip(axis["tickvals"], axis["ticktext"], strict=True)
        return {values.index(value): text for value, text in texts}
    if axis.get("type") == "category":
        return dict(enumerate(values))
    days = {at: date.fromisoformat(values[at]) for at in labelled(len(values))}
    span = date.fromisoformat(values[-1]) - date.fromisoformat(values[0])
    said = formats.day_of_year if span.days < A_YEAR else formats.month
    return {at: said(day) for at, day in days.items()}


def below(labels: Mapping[int, str], count: int) -> Html:
    """The axis below so many bands; `labels` by index. That of a narrow last band ends near it."""
    ends = count - 1 if count > WIDE else None
    return element(
        "svg",
        [
            element(
                "text",
                text,
                x="100%" if index == ends else share(centre(index, count)),
                y="1.1em",
                dx="8" if index == ends else None,
                class_="last" if index == ends else None,
            )
            for index, text in labels.items()
        ],
        aria_hidden="true",
        class_="axis long" if any(len(text) > SHORT for text in labels.values()) else "axis",
    )


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a path, in units of SIZE, from shares of the plot."""
    left, top, wide, high = (f"{SIZE * each:.1f}" for each in (x, y, width, height))
    return f"M{left} {top}h{wide}v{high}h-{wide}z"


def _gridlines(scale: list[float], tick: Callable[[float], str]) -> Html:
    """The lines of an axis from bottom to top, each with its number in the margin."""
    low, top = scale[0], scale[-1]
    return element(
        "g", [_gridline(value, (value - low) / (top - low), tick) for value in scale], class_="grid"
    )


def _gridline(value: float, height: float, tick: Callable[[float], str]) -> Html:
    y = share(1 - height)
    return fragment(
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="base" if value == 0 else None),
        element("text", tick(abs(value)), x="-10", y=y, dy="0.32em"),
    )


def _band(shape: figures.Trace, steps: Sequence[Any]) -> Html:
    """Steps whose numbers lack something, hatched."""
    within = [at for at, step in enumerate(steps) if shape["x0"] <= step <= shape["x1"]]
    return element(
        "rect",
        x=share(within[0] / len(steps)),
        width=share(len(within) / len(steps)),
        height="100%",
        class_="incomplete",
    )


def _flag(index: int, count: int) -> Html:
    """Something that happened at a step."""
    x = share(centre(index, count))
    return element(
        "g",
        element("line", x1=x, x2=x, y1="0", y2="100%"),
        element("circle", cx=x, cy="0", r="4.5"),
        class_="flag",
    )


def centre(index: int, count: int) -> float:
    """Where the middle of one of so many equal bands lies, 0 to 1."""
    return (index + 0.5) / count


def labelled(count: int, most: int = 6) -> list[int]:
    """Indices of the bands that get a label: evenly spaced, whole weeks apart where possible."""
    step = math.ceil(count / most)
    if step > 5:
        step = math.ceil(step / 7) * 7
    return list(range((count - 1) % step if step < count else 0, count, step))


def level(value: float | None, most: float) -> int:
    """The step of the colour that stands for a value: 1 to LEVELS, 0 for nothing."""
    if not value or value < 0 or most <= 0:
        return 0
    return min(LEVELS, 1 + int(LEVELS * value / most * (1 - 1e-9)))


def largest(values: Iterable[float | None]) -> float:
    """The largest value that is known; 0 where none is."""
    return max((value for value in values if value is not None), default=0)


def share(value: float) -> str:
    """A share as an attribute of SVG: `12.5%`."""
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"
