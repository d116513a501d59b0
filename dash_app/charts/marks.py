"""What to know of single steps of a chart over time: flags, and bands where numbers lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash_app.charts.scale import centre, share
from dash_app.markup import Html, element


@dataclass(frozen=True)
class ChartMark:
    """Something to know about one step: what happened then, or what its value lacks.

    `kind` is `event`, drawn as a flag, or `incomplete`, drawn as a hatched band.
    """

    index: int
    text: str
    kind: str = "event"


def bands(marks: Sequence[ChartMark], count: int) -> list[Html]:
    """The bands of steps whose numbers lack something, out of so many; they lie below all else."""
    return [_band(mark, count) for mark in marks if mark.kind == "incomplete"]


def flags(marks: Sequence[ChartMark], count: int) -> list[Html]:
    """The flags of all other steps, out of so many."""
    return [_flag(mark, count) for mark in marks if mark.kind != "incomplete"]


def _band(mark: ChartMark, count: int) -> Html:
    return element(
        "rect",
        x=share(mark.index / count),
        width=share(1 / count),
        height="100%",
        class_="incomplete",
    )


def _flag(mark: ChartMark, count: int) -> Html:
    x = share(centre(mark.index, count))
    return element(
        "g",
        element("line", x1=x, x2=x, y1="0", y2="100%"),
        element("circle", cx=x, cy="0", r="4.5"),
        class_="flag",
    )
