"""Traces `bar`: amounts that lie beside one another, each a bar behind its name; and columns.

Columns stand over equal steps, one part on the other; what is lost hangs below.
"""

import re
from collections import defaultdict

from dash_app import formats
from dash_app.charts.plot import (
    box,
    color_of,
    over_steps,
    plot,
    share,
    stretched,
)
from dash_app.figures import Figure, Trace
from dash_app.markup import Html, Node, element
from dash_app.scales import ticks

ROW = 34
"""Pixels of one bar's row."""
SHORTEST, LONGEST, ROOM = 8, 26, 46
"""Characters of a name at least and at most, and of it and its number, as a phone has room."""
DIRECTIONS = {mark: formats.DIRECTIONS[way] for way, mark in formats.ARROWS.items()}
"""The look of a change, by its mark."""
CHANGE = re.compile(f"([{''.join(DIRECTIONS)}]) .*")


def bars(figure: Figure, label: str) -> Html:
    """A row for each name within the range, the bar as long as its value against the largest.

    Where there are values below 0, bars lie on both sides of a line.
    """
    (trace,) = figure["data"]
    ends = figure["layout"].get("yaxis", {}).get("range", (len(trace["x"]) - 0.5, -0.5))
    count = int(ends[0] + 0.5)
    values = [value or 0 for value in trace["x"][:count]]
    low, high = min([0, *values]), max([0, *values])
    span = (high - low) or 1
    zero = share(-low / span) if low else None
    marker = trace["marker"]
    opacities = marker.get("opacity", [1] * len(trace["x"]))
    colors = marker["color"]
    if isinstance(colors, str):
        colors = [colors] * len(trace["x"])
    told = zip(
        values,
        *(part[:count] for part in (trace["y"], trace["text"], colors, opacities)),
        strict=True,
    )
    rows = [
        element(
            "svg",
            element("rect", width="100%", height=ROW - 4, rx="6", class_="track"),
            element(
                "rect",
                x=share((min(value, 0) - low) / span) if low else None,
                width=share(abs(value) / span),
                height=ROW - 4,
                rx="6",
                fill=color,
                class_="fill" if opacity == 1 else "fill other",
            ),
            element("line", x1=zero, x2=zero, y2=ROW - 4, class_="zero") if zero else None,
            _text(_cut(name, text), x="10", class_="name"),
            _text(_amount(text), x="100%", dx="-10", class_="amount"),
            y=index * ROW,
            width="100%",
            height=ROW,
        )
        for index, (value, name, text, color, opacity) in enumerate(told)
    ]
    return plot("bars", rows, label=label, grid=(1, len(rows)), height=ROW * len(rows))


def _text(said: Node, **attributes: str) -> Html:
    """A text in the middle of a row."""
    return element("text", said, y=ROW / 2 - 2, dy="0.35em", **attributes)


def _amount(text: str) -> Node:
    """What is said beside a bar; a change in it, from its mark on, has the colour of that."""
    found = CHANGE.search(text)
    if found is None:
        return text
    change = element("tspan", found[0], class_=DIRECTIONS[found[1]])
    return [text[: found.start()], change]


def _cut(name: str, text: str) -> str:
    room = max(SHORTEST, min(LONGEST, ROOM - len(text)))
    return name if len(name) <= room else f"{name[: room - 1].rstrip()}…"


def bar(share: float) -> Html:
    """A bar that fills the share of its width."""
    return element(
        "svg",
        element("rect", width="100%", height="100%", class_="track"),
        element("rect", width=f"{100 * share:.2f}%", height="100%", class_="fill"),
        aria_hidden="true",
        class_="bar",
    )


def columns(figure: Figure, label: str) -> Html:
    """A column for each step, its parts in order from the line outwards."""
    steps = list(zip(*(trace["y"] for trace in figure["data"]), strict=True))
    high, low = (
        max((sum(max(0, side * (value or 0)) for value in step) for step in steps), default=0)
        for side in (1, -1)
    )
    above = ticks(max(high, low))
    size = above[1]
    under = [-size * each for each in range(len(above), 0, -1) if low and size * (each - 1) < low]
    scale = [*under, *(value for value in above if value < high + size or not low)]
    return over_steps("columns", figure, scale, stretched(_stacked(figure, scale)), label=label)


def _stacked(figure: Figure, scale: list[float]) -> list[Html]:
    """The parts as paths, one for each opacity of their steps."""
    width, low, high = 1 - figure["layout"].get("bargap", 0.2), scale[0], scale[-1]
    ends: dict[tuple[int, bool], float] = defaultdict(float)
    drawn = []
    for trace in figure["data"]:
        count = len(trace["y"])
        boxes: dict[float, list[str]] = defaultdict(list)
        opacities = trace.get("marker", {}).get("opacity", [1] * count)
        for step, (value, opacity) in enumerate(zip(trace["y"], opacities, strict=True)):
            if not value:
                continue
            start = ends[step, value < 0]
            end = ends[step, value < 0] = start + value
            boxes[opacity].append(
                box(
                    (step + (1 - width) / 2) / count,
                    (high - max(start, end)) / (high - low),
                    width / count,
                    abs(value) / (high - low),
                )
            )
        drawn += [_part(trace, opacity, "".join(boxes[opacity])) for opacity in boxes]
    return drawn


def _part(trace: Trace, opacity: float, d: str) -> Html:
    return element("path", d=d, fill=color_of(trace), opacity=None if opacity == 1 else opacity)
