"""Lines over equal steps, of time or of a title's length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from dash_app.charts.marks import ChartMark, bands, flags
from dash_app.charts.plot import SIZE, below, gridlines, plot, stretched
from dash_app.charts.scale import centre, largest, share, ticks
from dash_app.markup import Html, element

Values = Sequence[float | None]


@dataclass(frozen=True)
class Other:
    """A line beside the first: the class that draws it, and its values."""

    look: str
    values: Values


def lines(
    values: Values,
    before: Values | None = None,
    *,
    others: Sequence[Other] = (),
    label: str,
    tick: Callable[[float], str],
    labels: Mapping[int, str],
    partial: frozenset[int] = frozenset(),
    marks: Sequence[ChartMark] = (),
    most: float | None = None,
) -> Html:
    """The plot and the axis below it; `label` is what is told in place of the drawing.

    A step without a value leaves a gap. `before` lies under `values`, step by step from the
    first, and `others` are drawn on the same scale. What leads to a `partial` step is dashed: that
    one is not over, or cut by the period. The axis reaches `most`, or the largest value.
    """
    count = len(values)
    drawn = (values, before or (), *(other.values for other in others))
    scale = ticks(most or largest(value for line in drawn for value in line))
    top = scale[-1]
    shown = (*others, Other("", values))
    return plot(
        "lines",
        gridlines(scale, tick),
        bands(marks, count),
        stretched(
            element("path", d=_area(values, top), class_="area") if not others else None,
            element("path", d=path(before[:count], top), class_="line before") if before else None,
            [
                element("path", d=d, class_=_named("line", line.look, dashed))
                for line in shown
                for dashed, d in _pieces(line.values, top, partial)
            ],
        ),
        [_alone(line, top) for line in shown],
        flags(marks, count),
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


def _named(kind: str, look: str, dashed: bool = False) -> str:
    return " ".join(filter(None, (kind, look, "partial" if dashed else "")))


def _pieces(values: Values, top: float, partial: frozenset[int]) -> list[tuple[bool, str]]:
    """The line in pieces, whole or dashed; a piece between two steps is dashed when either is."""
    steps = range(1, len(values))
    pieces = []
    for dashed, piece in groupby(steps, key=lambda step: bool({step - 1, step} & partial)):
        ends = list(piece)
        kept = range(ends[0] - 1, ends[-1] + 1)
        part = [value if index in kept else None for index, value in enumerate(values)]
        pieces.append((dashed, path(part, top)))
    return pieces


def _area(values: Values, top: float) -> str:
    """The surface below the line; none where it has gaps."""
    if len(values) < 2 or any(value is None for value in values):
        return ""
    first, last = (SIZE * centre(index, len(values)) for index in (0, len(values) - 1))
    return f"{path(values, top)}L{last:.1f} {SIZE}L{first:.1f} {SIZE}Z"


def _alone(line: Other, top: float) -> Html | None:
    """A dot, where there is one step and so no line."""
    if len(line.values) != 1 or line.values[0] is None:
        return None
    y = share(1 - line.values[0] / top)
    return element("circle", cx="50%", cy=y, r="5", class_=_named("dot", line.look))
