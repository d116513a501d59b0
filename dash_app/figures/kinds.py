"""A figure for each kind of chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash_app.figures.figure import Figure, figure, plain
from dash_app.table import Table


def lines(table: Table, x: str, values: Sequence[str], unit: str, **layout: Any) -> Figure:
    """A line for each column of `values` over the column `x`; all but the first are dashed."""
    labels = {column.name: column.label for column in table.columns}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": labels[name],
            "x": plain(table.column(x)),
            "y": table.column(name),
            "line": {"dash": "dot" if place else "solid"},
            "hovertext": [said[table.names.index(name)] for said in map(table.said, table.rows)],
            "hoverinfo": "x+name+text",
        }
        for place, name in enumerate(values)
    ]
    x_axis = {"title": {"text": labels[x]}}
    return figure(
        table,
        traces,
        value=labels[values[0]],
        unit=unit,
        xaxis=x_axis,
        **{"hovermode": "x unified", **layout},
    )


def bars(table: Table, name: str, value: str, unit: str) -> Figure:
    """A bar for each row, lying, the first on top."""
    labels = {column.name: column.label for column in table.columns}
    place = table.names.index(name)
    said = [table.said(row) for row in table.rows]
    trace = {
        "type": "bar",
        "orientation": "h",
        "name": labels[value],
        "y": [row[place] for row in said],
        "x": table.column(value),
        "hovertext": [row[table.names.index(value)] for row in said],
        "hoverinfo": "y+text",
    }
    return figure(
        table,
        [trace],
        value=labels[value],
        unit=unit,
        along="x",
        yaxis={"autorange": "reversed", "automargin": True, "type": "category"},
    )


def columns(
    table: Table, x: str, parts: Mapping[str, bool], unit: str, value: str = "Users"
) -> Figure:
    """A stacked column for each row; `parts` are the columns, and whether they hang below."""
    labels = {column.name: column.label for column in table.columns}
    traces = [
        {
            "type": "bar",
            "name": labels[name],
            "x": plain(table.column(x)),
            "y": [-each if down and each else each for each in table.column(name)],
            "hovertext": [said[table.names.index(name)] for said in map(table.said, table.rows)],
            "hoverinfo": "x+name+text",
        }
        for name, down in parts.items()
    ]
    return figure(
        table,
        traces,
        value=value,
        unit=unit,
        barmode="relative",
        xaxis={"title": {"text": labels[x]}},
    )


def cells(table: Table, x: str, y: str, value: str) -> Figure:
    """A heat map: the columns `x` and `y` say the place of each row's value."""
    labels = {column.name: column.label for column in table.columns}
    said = [table.said(row) for row in table.rows]
    across, down, amount = (table.names.index(name) for name in (x, y, value))
    trace = {
        "type": "heatmap",
        "name": labels[value],
        "x": [row[across] for row in said],
        "y": [row[down] for row in said],
        "z": table.column(value),
        "text": [row[amount] for row in said],
        "hoverinfo": "x+y+text",
        "colorbar": {"title": {"text": labels[value]}},
    }
    return {
        "data": [trace],
        "layout": {
            "title": {"text": table.caption},
            "xaxis": {"title": {"text": labels[x]}, "type": "category"},
            "yaxis": {"autorange": "reversed", "automargin": True, "type": "category"},
        },
    }
