"""A line over equal steps, of time or of a title's length, beside a fainter one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from dash_app.charts.plot import SIZE, below, gridlines, plot, stretched
from dash_app.charts.scale import centre, largest, share, ticks
from dash_app.markup import Html, element

Values = Sequence[float | None]


@dataclass(frozen=True)
class Mark:
    """Something to know about one step: what happened then, or what its value lacks.

    `kind` is `event`, drawn as a flag, or `incomplete`, drawn as a hatched band.
    """

    index: int
    text: str
    kind: str = "event"


def lines(
    values: Values,
    before: Values | None = None,
    *,
    label: str,
    tick: Callable[[float], str],
    labels: Mapping[int, str],
    partial: frozenset[int] = frozenset(),
    marks: Sequence[Mark] = (),
    most: float | None = None,
) -> Html:
    """The plot and the axis below it; `label` is what is told in place of the drawing.

    A step without a value leaves a gap. `before` lies under `values`, step by step from the
    first. What leads to a `partial` step is dashed: that one is not over, or cut by the period.
    The axis reaches `most`, or the largest value.
    """
    count = len(values)
    scale = ticks(most or largest((*values, *(before or ()))))
    top = scale[-1]
    return plot(
        "lines",
        gridlines(scale, tick),
        [_band(mark, count) for mark in marks if mark.kind == "incomplete"],
        stretched(
            element("path", d=_area(values, top), class_="area"),
            element("path", d=path(before[:count], top), class_="line before") if before else None,
            [
                element("path", d=d, class_="line partial" if dashed else "line")
                for dashed, d in _pieces(values, top, partial)
            ],
        ),
        _alone(values, top),
        [_flag(mark, count) for mark in marks if mark.kind != "incomplete"],
        label=label,
        grid=(count, 1),
        axis=below(labels, count),
    )


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


def _pieces(values: Values, top: float, partial: frozenset[int]) -> list[tuple[bool, str]]:
    """The line in pieces, whole or dashed; a piece between two steps is dashed when either is."""
    steps = range(1, len(values))
    found = []
    for dashed, piece in groupby(steps, key=lambda step: bool({step - 1, step} & partial)):
        ends = list(piece)
        kept = range(ends[0] - 1, ends[-1] + 1)
        part = [value if index in kept else None for index, value in enumerate(values)]
        found.append((dashed, path(part, top)))
    return found


def _area(values: Values, top: float) -> str:
    """The surface below the line; none where it has gaps."""
    if len(values) < 2 or any(value is None for value in values):
        return ""
    first, last = (SIZE * centre(index, len(values)) for index in (0, len(values) - 1))
    return f"{path(values, top)}L{last:.1f} {SIZE}L{first:.1f} {SIZE}Z"


def _alone(values: Values, top: float) -> Html | None:
    """A dot, where there is one step and so no line."""
    if len(values) != 1 or values[0] is None:
        return None
    return element("circle", cx="50%", cy=share(1 - values[0] / top), r="5", class_="dot")


def _band(mark: Mark, count: int) -> Html:
    return element(
        "rect",
        x=share(mark.index / count),
        width=share(1 / count),
        height="100%",
        class_="incomplete",
    )


def _flag(mark: Mark, count: int) -> Html:
    x = share(centre(mark.index, count))
    return element(
        "g",
        element("line", x1=x, x2=x, y1="0", y2="100%"),
        element("circle", cx=x, cy="0", r="4.5"),
        class_="flag",
    )
