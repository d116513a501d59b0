"""Columns over equal steps, one part on top of the other; what is lost hangs below the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dash_app.charts.marks import ChartMark, bands, flags
from dash_app.charts.plot import below, box, gridlines, plot, stretched
from dash_app.charts.scale import ticks
from dash_app.markup import Html, element

WIDTH = 0.72
"""Share of its step that a column takes."""


@dataclass(frozen=True)
class Part:
    """One part of each column: how its key names it, its values, whether it hangs below."""

    key: str
    values: Sequence[float]
    down: bool = False


def columns(
    parts: Sequence[Part],
    *,
    label: str,
    tick: Callable[[float], str],
    labels: Mapping[int, str],
    partial: frozenset[int] = frozenset(),
    marks: Sequence[ChartMark] = (),
) -> Html:
    """A column for each step, its parts in order from the line outwards.

    A `partial` step, which is not over, is drawn paler. `label` is told in place of the drawing.
    """
    count = len(parts[0].values)
    up, down = ([part for part in parts if part.down is side] for side in (False, True))
    high, low = (
        max((sum(part.values[step] for part in side) for step in range(count)), default=0)
        for side in (up, down)
    )
    above = ticks(max(high, low, 0))
    step = above[1]
    under = [value for value in (-step * each for each in range(len(above), 0, -1)) if low]
    under = [value for value in under if value > -low - step]
    scale = [*under, *(value for value in above if value < high + step or not low)]
    return plot(
        "columns",
        gridlines(scale, tick, scale[0]),
        bands(marks, count),
        stretched(
            [
                element("path", d=d, class_=f"part {part.key}{' partial' if pale else ''}")
                for side in (up, down)
                for part, base in _stacked(side, count)
                for pale, d in _drawn(part, base, (scale[0], scale[-1]), partial)
                if d
            ]
        ),
        flags(marks, count),
        label=label,
        grid=(count, 1),
        axis=below(labels, count),
    )


def _stacked(parts: Sequence[Part], count: int) -> list[tuple[Part, list[float]]]:
    """Each part with what lies between it and the line."""
    base = [0.0] * count
    stacks = []
    for part in parts:
        stacks.append((part, base))
        base = [lower + value for lower, value in zip(base, part.values, strict=True)]
    return stacks


def _drawn(
    part: Part, base: list[float], ends: tuple[float, float], partial: frozenset[int]
) -> list[tuple[bool, str]]:
    """The part's rectangles, those of whole steps and those of partial ones."""
    low, high = ends
    count = len(base)
    whole: list[str] = []
    pale: list[str] = []
    for step, (start, value) in enumerate(zip(base, part.values, strict=True)):
        top = -start if part.down else start + value
        drawn = box(
            (step + (1 - WIDTH) / 2) / count,
            (high - top) / (high - low),
            WIDTH / count,
            value / (high - low),
        )
        (pale if step in partial else whole).append(drawn if value else "")
    return [(False, "".join(whole)), (True, "".join(pale))]
