"""Plotly figures, for zooming and panning in a chart: a table in, a figure out, pure.

A figure is plain JSON, `{"data": […], "layout": {…}}`, without colours: the browser gives it those
of the page. Building it needs no Plotly here.
"""

from dash_app.figures.figure import Figure
from dash_app.figures.kinds import bars, cells, columns, lines

__all__ = ["Figure", "bars", "cells", "columns", "lines"]
