"""Figures as SVG: which traces can be drawn, and the legend of them.

By which attributes they are, `docs/dashboard.md` says: what a figure says beyond them, Plotly would
show and the page would not, so the test that draws every panel refuses it.
"""

from collections.abc import Callable, Mapping

from dash_app.charts.bars import bars, columns
from dash_app.charts.heat_map import heat_map
from dash_app.charts.lines import DASHES, lines
from dash_app.charts.plot import color_of
from dash_app.figures import Figure, Trace
from dash_app.markup import Html, element

DRAWN: Mapping[tuple[str, str], Callable[[Figure, str], Html]] = {
    ("scatter", "v"): lines,
    ("bar", "v"): columns,
    ("bar", "h"): bars,
    ("heatmap", "v"): heat_map,
}
"""What draws traces of a type and an orientation; all of a figure are of one."""
STEPS: list[Trace] = [
    {"name": "Nothing", "marker": {"color": "var(--sunken)"}},
    {"name": "Less", "marker": {"color": "var(--step-1)"}},
    {"name": "More", "marker": {"color": "var(--step-7)"}},
]
"""What the legend of a heat map tells."""


def draw(figure: Figure, summary: str = "") -> Html:
    """The chart of a figure; its title and the `summary` are told in place of the drawing.

    Raises ValueError for traces that cannot be drawn.
    """
    kinds = {(trace["type"], trace.get("orientation", "v")) for trace in figure["data"]}
    if len(kinds) != 1 or not kinds <= DRAWN.keys():
        raise ValueError(f"traces of {kinds} cannot be drawn as SVG: one of {set(DRAWN)} can.")
    return DRAWN[kinds.pop()](figure, f"{figure['layout']['title']['text']}. {summary}")


def legend(figure: Figure, links: Mapping[str, str] | None = None) -> Html | None:
    """What the lines and colours of a figure stand for; None where there is nothing to tell.

    Names with a link lead there; without any, readers of the page have all of it in its table.
    """
    traces = [trace for trace in figure["data"] if trace.get("showlegend")]
    if figure["layout"].get("legend", {}).get("traceorder") == "reversed":
        traces.reverse()
    if figure["data"][0]["type"] == "heatmap":
        traces = STEPS
    links = links or {}
    keys = [
        element(
            "a" if trace["name"] in links else "span",
            trace["name"],
            href=links.get(trace["name"]),
            class_=f"key {DASHES[trace['line']['dash']] if 'line' in trace else 'part'}".rstrip(),
            style=f"--look:{color_of(trace)}",
        )
        for trace in traces
    ]
    hidden = None if links else "true"
    return element("div", keys, aria_hidden=hidden, class_="legend") if keys else None
