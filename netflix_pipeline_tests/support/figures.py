"""Figures that Plotly knows, and the page draws as Plotly does."""

from collections.abc import Iterator, Mapping
from typing import Any

import plotly.graph_objects as go

from dash_app.charts.drawing import draw
from dash_app.figures import Figure

_TRACE = "type name x y hovertext hoverinfo showlegend"
_AXIS = "title.text type tickvals ticktext tickformat range dtick rangemode autorange automargin"
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "scatter": f"{_TRACE} mode marker.color line.dash fill fillcolor",
        "bar": f"{_TRACE} orientation text marker.color marker.opacity",
        "heatmap": f"{_TRACE} z zmin zmax colorscale transpose colorbar.title.text",
        "layout": "title.text showlegend legend.traceorder hovermode barmode bargap shapes "
        + " ".join(f"{axis}.{name}" for axis in ("xaxis", "yaxis") for name in _AXIS.split()),
        "shape": "type xref yref x0 x1 y0 y1 layer opacity fillcolor line.color line.dash "
        "line.width label.text",
    }.items()
}
"""What a figure may say: what the page draws, and what means something in Plotly alone."""


def checked(figure: Figure) -> str:
    """The figure as SVG. Raises ValueError for what Plotly does not know, or the page not draw."""
    go.Figure(figure)
    layout = figure["layout"]
    parts = [("layout", layout), *(("shape", shape) for shape in layout.get("shapes", ()))]
    parts += [(trace["type"], trace) for trace in figure["data"]]
    for kind, part in parts:
        unknown = sorted(set(_names(part)) - ATTRIBUTES.get(kind, frozenset()))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} of a {kind} would not be drawn as SVG.")
    return draw(figure)


def _names(part: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """The attributes of a part of a figure, those within others by `outer.inner`."""
    for name, value in part.items():
        if isinstance(value, dict):
            yield from _names(value, f"{within}{name}.")
        else:
            yield within + name
