"""Figures of charts as PNG for mails: what `dash_app.charts` draws as SVG, in light colours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from dash_app.asset_files import ASSETS, STYLES
from dash_app.charts.plot import LEVELS, TICKS, color_of, labels, largest, level
from dash_app.figures import Figure, Trace
from netflix_pipeline.pictures import FAINT, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, ROW, LEAST = 220, 22, 90
"""Pixels of a picture; of a lying bar or a row of a heat map; and of all rows at least."""
DASHES = {"solid": "-", "dash": "--", "dot": ":"}
STEPS = range(1, LEVELS + 1)
ROOM = 0.35
"""Of the bars' width, beside them: for what is said of them."""
NAME = 34
"""Characters of the name of a bar at most."""


def png(figure: Figure) -> bytes:
    """The picture of a figure. Raises KeyError for traces that cannot be drawn."""
    trace = figure["data"][0]
    kind = trace["type"], trace.get("orientation", "v")
    height, draw = DRAWN[kind]
    return picture(height(figure), lambda axes: draw(figure, axes))


def _shown(trace: Trace) -> str | None:
    """What the legend calls a trace; None where it is not in it."""
    return trace["name"] if trace.get("showlegend") else None


def _lines(figure: Figure, axes: Axes) -> None:
    low: list[float] = []
    for trace in figure["data"]:
        values = [math.nan if value is None else value for value in trace["y"]]
        steps = range(len(values))
        if trace.get("fill") == "none":  # the lower end of a surface that follows
            low = values
            continue
        if trace.get("fill") == "tonexty":
            axes.fill_between(
                steps, low, values, color=FAINT, alpha=0.3, linewidth=0, label=_shown(trace)
            )
            continue
        if trace["mode"] == "none":
            axes.fill_between(steps, values, color=colour("var(--accent)"), alpha=0.12, linewidth=0)
            continue
        axes.plot(
            steps,
            values,
            color=colour(color_of(trace)),
            linestyle=DASHES[trace["line"]["dash"]] if "lines" in trace["mode"] else "",
            marker="o" if "markers" in trace["mode"] else "",
            markersize=3,
            label=_shown(trace),
        )
    ends = figure["layout"].get("yaxis", {}).get("range")
    axes.set_ylim(*(ends or (0, largest(_values(figure)) or 1)))
    _over_steps(figure, axes)


def _columns(figure: Figure, axes: Axes) -> None:
    steps = range(len(figure["data"][0]["x"]))
    ends = {True: [0.0] * len(steps), False: [0.0] * len(steps)}
    for trace in figure["data"]:
        values = [value or 0 for value in trace["y"]]
        begins = [ends[value < 0][step] for step, value in enumerate(values)]
        drawn = axes.bar(
            steps,
            values,
            bottom=begins,
            width=1 - figure["layout"].get("bargap", 0.2),
            color=colour(color_of(trace)),
            label=_shown(trace),
        )
        opacities = trace.get("marker", {}).get("opacity", [1] * len(values))
        for each, opacity in zip(drawn, opacities, strict=True):
            each.set_alpha(opacity)
        for step, value in enumerate(values):
            ends[value < 0][step] += value
    axes.axhline(0, color=FAINT, linewidth=0.8)
    _over_steps(figure, axes)


def _over_steps(figure: Figure, axes: Axes) -> None:
    layout, steps = figure["layout"], figure["data"][0]["x"]
    said = TICKS[layout.get("yaxis", {}).get("tickformat", "")]
    axes.yaxis.set_major_formatter(lambda value, _: said(abs(value)))
    axes.grid(visible=True)
    axes.set_xlim(-0.5, len(steps) - 0.5)
    named = labels(layout.get("xaxis", {}), steps)
    axes.set_xticks(list(named), list(named.values()))
    for shape in layout.get("shapes", ()):
        within = [at for at, step in enumerate(steps) if shape["x0"] <= step <= shape["x1"]]
        if within and shape["type"] == "rect":
            axes.axvspan(within[0] - 0.5, within[-1] + 0.5, color=FAINT, alpha=0.15, linewidth=0)
        elif within:
            axes.axvline(within[0], color=colour("var(--mark-ink)"), linestyle="--", linewidth=1)
    if any(trace.get("showlegend") for trace in figure["data"]):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)


def _bars(figure: Figure, axes: Axes) -> None:
    (trace,) = figure["data"]
    count = _rows(figure)
    values = [value or 0 for value in trace["x"][:count]]
    colors = trace["marker"]["color"]
    colors = [colors] * count if isinstance(colors, str) else colors[:count]
    opacities = trace["marker"].get("opacity", [1] * count)
    drawn = axes.barh(range(count), values, color=[colour(each) for each in colors])
    for each, opacity in zip(drawn, opacities[:count], strict=True):
        each.set_alpha(opacity)
    axes.bar_label(drawn, trace["text"][:count], padding=4)
    # What is said of a bar stands beyond its end: right of it, or left of one below 0.
    low, high = min([0, *values]), max([0, *values])
    room = ROOM * ((high - low) or 1)
    axes.set_xlim(low - room if low else 0, high + room)
    axes.set_yticks(range(count), [_cut(name) for name in trace["y"][:count]])
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _heat_map(figure: Figure, axes: Axes) -> None:
    from matplotlib.colors import ListedColormap

    (trace,), layout = figure["data"], figure["layout"]
    rows = list(zip(*trace["z"], strict=True)) if trace.get("transpose") else trace["z"]
    steps = ListedColormap(
        [colour(f"var(--{name})") for name in ("sunken", *(f"step-{at}" for at in STEPS))]
    )
    cells = [
        [math.nan if value is None else level(value, trace["zmax"]) for value in row]
        for row in rows
    ]
    axes.imshow(cells, cmap=steps, vmin=0, vmax=LEVELS, aspect="auto")
    across = labels(layout["xaxis"], trace["x"])
    axes.set_xticks(list(across), list(across.values()))
    down = labels(layout["yaxis"], trace["y"])
    axes.set_yticks(list(down), [_cut(name) for name in down.values()])


def _rows(figure: Figure) -> int:
    """How many lying bars are shown, or rows of a heat map."""
    (trace,) = figure["data"]
    if trace["type"] == "heatmap":
        return len(trace["y"])
    ends = figure["layout"].get("yaxis", {}).get("range", (len(trace["x"]) - 0.5, -0.5))
    return int(ends[0] + 0.5)


def _by_row(figure: Figure) -> int:
    return max(LEAST, ROW * _rows(figure))


def _cut(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1].rstrip()}…"


def _values(figure: Figure) -> list[float | None]:
    return [value for trace in figure["data"] for value in trace["y"]]


DRAWN: Mapping[tuple[str, str], tuple[Callable[[Figure], int], Callable[[Figure, Axes], None]]] = {
    ("scatter", "v"): (lambda _: HEIGHT, _lines),
    ("bar", "v"): (lambda _: HEIGHT, _columns),
    ("bar", "h"): (_by_row, _bars),
    ("heatmap", "v"): (_by_row, _heat_map),
}
"""By type and orientation: the height of a picture, and what draws it."""


def colour(name: str) -> str:
    """A colour of the page's styles, `var(--accent)`, as it is in light."""
    found = re.fullmatch(r"var\(--([\w-]+)\)", name)
    return _light()[found[1]] if found else name


@cache
def _light() -> dict[str, str]:
    """The colours of the styles by their names, in light: whole ones, others, and mixed ones."""
    styles = "".join((ASSETS / name).read_text(encoding="utf-8") for name in STYLES)
    found: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):\s*(?:light-dark\()?(#[0-9a-f]{6})\b", styles):
        found.setdefault(name, value)
    for name, other in re.findall(r"--([\w-]+):\s*var\(--([\w-]+)\);", styles):
        if other in found:
            found.setdefault(name, found[other])
    mixed = r"--([\w-]+):\s*color-mix\(in oklab, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\);"
    for name, much, percent, rest in re.findall(mixed, styles):
        if much in found and rest in found:
            found.setdefault(name, _mixed(found[much], found[rest], int(percent) / 100))
    return found


def _mixed(much: str, rest: str, share: float) -> str:
    parts = zip(bytes.fromhex(much[1:]), bytes.fromhex(rest[1:]), strict=True)
    return "#" + bytes(round(a * share + b * (1 - share)) for a, b in parts).hex()
