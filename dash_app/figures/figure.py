"""What all figures have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dash_app.table import Table

Figure = dict[str, Any]
"""A figure's JSON."""
FROM_UNIT = {"share": ".1%"}
"""How an axis writes values of a unit, where not as plain numbers."""


def figure(
    table: Table,
    traces: Sequence[Mapping[str, Any]],
    *,
    value: str,
    unit: str = "",
    along: str = "y",
    **layout: Any,
) -> Figure:
    """A figure of traces; `value` names the axis of amounts, which lies `along` y or x."""
    axis = {"title": {"text": value}, "rangemode": "tozero", "tickformat": FROM_UNIT.get(unit, "")}
    return {
        "data": [dict(trace) for trace in traces],
        "layout": {
            "title": {"text": table.caption},
            f"{along}axis": axis,
            "hovermode": "closest",
            **layout,
        },
    }


def plain(values: Sequence[Any]) -> list[Any]:
    """Values as JSON has them."""
    return [value.isoformat() if isinstance(value, date | datetime) else value for value in values]
