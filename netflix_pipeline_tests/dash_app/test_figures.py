from __future__ import annotations

import json
from datetime import date

import plotly.graph_objects as go
import pytest

from dash_app.figures import Figure, bars, cells, columns, lines
from dash_app.table import Table, TableColumn

DAYS = Table(
    "Hours by day",
    (
        TableColumn("from", "Day", lambda day: f"{day:%a}"),
        TableColumn("hours", "Hours", lambda value: f"{value:.0f} h"),
        TableColumn("compared", "Before", lambda value: f"{value:.0f} h"),
    ),
    ((date(2026, 3, 2), 3.0, 2.0), (date(2026, 3, 3), None, 4.0)),
)
HOURS = Table(
    "Plays by weekday and hour",
    (TableColumn("hour", "Hour"), TableColumn("weekday", "Weekday"), TableColumn("plays", "Plays")),
    (("00:00", "Mon", 4), ("01:00", "Mon", 0)),
)

FIGURES = {
    "lines": lines(DAYS, "from", ["hours", "compared"], "h"),
    "share": lines(DAYS, "from", ["hours"], "share"),
    "bars": bars(HOURS, "hour", "plays", "plays"),
    "columns": columns(DAYS, "from", {"hours": False, "compared": True}, "users"),
    "cells": cells(HOURS, "hour", "weekday", "plays"),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_json_that_plotly_knows(figure: Figure) -> None:
    go.Figure(figure)  # raises for a name or value that Plotly does not have
    assert json.loads(json.dumps(figure)) == figure


def test_lines_have_the_tables_values_and_gaps() -> None:
    now, before = FIGURES["lines"]["data"]
    assert now["x"] == ["2026-03-02", "2026-03-03"]
    assert now["y"] == [3.0, None]
    assert now["hovertext"] == ["3 h", "–"]
    assert before["line"] == {"dash": "dot"}
    assert FIGURES["share"]["layout"]["yaxis"]["tickformat"] == ".1%"


def test_what_is_lost_hangs_below() -> None:
    stands, hangs = FIGURES["columns"]["data"]
    assert stands["y"] == [3.0, None]
    assert hangs["y"] == [-2.0, -4.0]


def test_bars_lie_and_cells_have_their_place() -> None:
    (bar,), (cell,) = FIGURES["bars"]["data"], FIGURES["cells"]["data"]
    assert (bar["y"], bar["x"]) == (["00:00", "01:00"], [4, 0])
    assert (cell["x"], cell["y"], cell["z"]) == (["00:00", "01:00"], ["Mon", "Mon"], [4, 0])
