"""Charts: a Plotly figure in, SVG out. Pure, without a size: they fill whatever holds them."""

from dash_app.charts.drawing import draw, legend

__all__ = ["draw", "legend"]
