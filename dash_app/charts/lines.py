"""A line over days, with a fainter one to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from dash_app.charts.scale import centre, labelled, ticks
from dash_app.markup import Html, element, fragment

SIZE = 1000
"""Units of the drawing's own grid, stretched to whatever holds it."""

Values = Sequence[float | None]


def lines(
    days: Sequence[date],
    values: Values,
    before: Values | None,
    *,
    label: str,
    tick: Callable[[float], str],
    tick_day: Callable[[date], str],
) -> Html:
    """The plot and the axis below it; `label` is what is told in place of the drawing.

    A day without a value leaves a gap. `before` lies under `values`, day by day from the first.
    """
    known = [value for value in (*values, *(before or ())) if value is not None]
    scale = ticks(max(known, default=0))
    top = scale[-1]
    plot = element(
        "svg",
        element("g", [_gridline(value, top, tick) for value in scale], class_="grid"),
        element(
            "svg",
            element("path", d=_area(values, top), class_="area"),
            element("path", d=path(before[: len(days)], top), class_="line before")
            if before
            else None,
            element("path", d=path(values, top), class_="line"),
            viewBox=f"0 0 {SIZE} {SIZE}",
            preserveAspectRatio="none",
            width="100%",
            height="100%",
        ),
        _alone(values, top),
        role="img",
        aria_label=label,
        tabindex="0",
        class_="plot",
    )
    axis = element(
        "svg",
        [
            element("text", tick_day(days[index]), x=_share(centre(index, len(days))), y="1.1em")
            for index in labelled(days)
        ],
        aria_hidden="true",
        class_="axis",
    )
    return fragment(plot, axis)


def path(values: Values, top: float) -> str:
    """The drawing of a line through the middles of equal bands; `top` is full height."""
    steps = []
    drawing = False
    for index, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        x, y = SIZE * centre(index, len(values)), SIZE * (1 - value / top)
        steps.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
        drawing = True
    return "".join(steps)


def _area(values: Values, top: float) -> str:
    """The surface below the line; none where it has gaps."""
    if len(values) < 2 or any(value is None for value in values):
        return ""
    first, last = (SIZE * centre(index, len(values)) for index in (0, len(values) - 1))
    return f"{path(values, top)}L{last:.1f} {SIZE}L{first:.1f} {SIZE}Z"


def _alone(values: Values, top: float) -> Html | None:
    """A dot, where there is one day and so no line."""
    if len(values) != 1 or values[0] is None:
        return None
    return element("circle", cx="50%", cy=_share(1 - values[0] / top), r="5", class_="dot")


def _gridline(value: float, top: float, tick: Callable[[float], str]) -> Html:
    y = _share(1 - value / top)
    return fragment(
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="base" if value == 0 else None),
        element("text", tick(value), x="-10", y=y, dy="0.32em") if value else None,
    )


def _share(value: float) -> str:
    return f"{100 * value:.3f}%"
