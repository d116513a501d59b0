"""Traces `bar`: columns over equal steps, one part on the other; what is lost hangs below."""

from collections import defaultdict

from dash_app.charts.plot import box, color_of, over_steps, stretched
from dash_app.charts.scale import ticks
from dash_app.figures import Figure, Trace
from dash_app.markup import Html, element


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
