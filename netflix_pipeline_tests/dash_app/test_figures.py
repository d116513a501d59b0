import json
from datetime import date, datetime

import plotly.graph_objects as go
import pytest

from dash_app.figures import (
    Figure,
    area,
    band,
    bars,
    calendar,
    column,
    flag,
    heat_map,
    line,
    lines,
    stacked,
)
from dash_app.table import Table, TableColumn, before_cells, before_columns, measured
from netflix_pipeline_tests.support.figures import checked

DAY = date(2026, 3, 2)
DAYS = Table(
    "Hours by day",
    (
        TableColumn("from", "Day", lambda day: f"{day:%a}"),
        TableColumn("hours", "Hours", lambda value: f"{value:.0f} h"),
        TableColumn("compared", "Before", lambda value: f"{value:.0f} h"),
    ),
    ((DAY, 3.0, 2.0), (date(2026, 3, 3), None, 4.0), (date(2026, 3, 4), 5.0, 4.0)),
)
HOURS = Table(
    "Plays by weekday and hour",
    (TableColumn("hour", "Hour"), TableColumn("weekday", "Weekday"), TableColumn("plays", "Plays")),
    (("00:00", "Mon", 4), ("01:00", "Mon", 0), ("01:00", "Tue", 7)),
)
MINUTES = Table(
    "Events by minute",
    (TableColumn("minute", "Minute"), TableColumn("events", "Events")),
    ((datetime(2026, 3, 2, 10, 0), 3), (datetime(2026, 3, 2, 10, 1), 4)),
)
CHANGES = Table(
    "Change by device",
    (TableColumn("device", "Device"), TableColumn("hours", "Hours")),
    (("Mobile", 4.0), ("Laptop", -2.0)),
)
SHAPES = [flag(DAY, "launch"), band(DAY, DAY)]
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
GONE = column(DAYS, "from", "compared", down=True, partial={2})

FIGURES = {
    "lines": lines(
        DAYS,
        "from",
        [
            *area(DAYS, "from", "compared"),
            *line(DAYS, "from", "compared", color="compare", dash="dash"),
            *line(DAYS, "from", "hours", name="Now", partial={2}, partial_name="provisional"),
        ],
        value="Hours",
        shapes=SHAPES,
    ),
    "share": lines(DAYS, "from", line(DAYS, "from", "hours"), value="Hours", unit="share"),
    "bars": bars(HOURS, "hour", "plays", ["4 plays", "0 plays", "7 plays"], most=2),
    "signed": bars(CHANGES, "device", "hours", ["+4 h", "−2 h"], signed=True),
    "columns": stacked(
        DAYS, "from", [column(DAYS, "from", "hours"), GONE], value="Hours", shapes=SHAPES
    ),
    "minutes": stacked(
        MINUTES, "minute", [column(MINUTES, "minute", "events")], value="Events", ticks={1: "10:01"}
    ),
    "cells": heat_map(HOURS, "hour", "weekday", "plays", {0: "0"}),
    "calendar": calendar(DAYS, "from", "compared", WEEKDAYS, {0: "Mar"}),
    "nothing": calendar(Table("None", DAYS.columns, ()), "from", "hours", WEEKDAYS, {0: "Mar"}),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_json_that_plotly_knows(figure: Figure) -> None:
    go.Figure(figure)  # raises for a name or value that Plotly does not have
    assert json.loads(json.dumps(figure)) == figure
    if figure is not FIGURES["nothing"]:
        checked(figure)


def test_a_point_is_told_with_its_change() -> None:
    amounts = ((3.0, 2.0), (None, 4.0), (5.0, None))
    compared = Table(
        "Hours by day",
        (DAYS.columns[0], measured("hours", "Hours", "h"), *before_columns("h")),
        tuple(
            (day, now, *before_cells("h", now, before))
            for (day, *_), (now, before) in zip(DAYS.rows, amounts, strict=True)
        ),
    )
    now, before = (line(compared, "from", name)[0] for name in ("hours", "compared"))
    assert [text.replace("\xa0", " ") for text in now["hovertext"]] == ["3 h (+50.0%)", "–", "5 h"]
    assert before["hovertext"] == compared.texts_of("compared")


def test_lines_have_the_tables_values_and_gaps() -> None:
    surface, before, dotted, now = FIGURES["lines"]["data"]
    assert now["x"] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert now["y"] == [3.0, None, None]
    assert now["hovertext"] == ["3 h", "–", "5 h"]
    assert (now["name"], before["name"]) == ("Now", "Before")
    assert before["line"] == {"dash": "dash"}
    assert (surface["y"], surface["fill"]) == ([2.0, 4.0, 4.0], "tozeroy")
    assert dotted["name"] == "provisional"
    assert dotted["y"] == [None, None, 5.0]
    assert dotted["hoverinfo"] == ["skip", "skip", now["hoverinfo"]]
    assert [trace["showlegend"] for trace in FIGURES["lines"]["data"]] == [
        False,
        False,
        True,
        True,
    ]
    assert FIGURES["share"]["layout"]["yaxis"]["tickformat"] == ".1%"


def test_a_surface_has_no_gaps() -> None:
    assert area(DAYS, "from", "hours") == []


def test_what_is_lost_hangs_below_and_what_is_not_whole_is_pale() -> None:
    stands, hangs = FIGURES["columns"]["data"]
    assert stands["y"] == [3.0, None, 5.0]
    assert hangs["y"] == [-2.0, -4.0, -4.0]
    assert hangs["marker"]["opacity"] == [1, 1, 0.5]


def test_bars_lie_and_those_behind_the_first_are_there_to_explore() -> None:
    (bar,) = FIGURES["bars"]["data"]
    assert (bar["y"], bar["x"]) == (["00:00", "01:00", "01:00"], [4, 0, 7])
    assert FIGURES["bars"]["layout"]["yaxis"]["range"] == [1.5, -0.5]


def test_cells_have_their_place() -> None:
    (cell,) = FIGURES["cells"]["data"]
    assert (cell["x"], cell["y"]) == (["00:00", "01:00"], ["Mon", "Tue"])
    assert cell["z"] == [[4, 0], [None, 7]]
    assert cell["hovertext"] == [["4", "0"], ["", "7"]]


def test_a_calendar_has_its_weeks_and_says_of_each_day_what_it_has() -> None:
    table = Table("Hours", DAYS.columns, ((date(2026, 3, 7), 1, 1), (date(2026, 3, 9), 2, 2)))
    (trace,) = calendar(table, "from", "hours", WEEKDAYS, {})["data"]
    assert trace["x"] == ["2026-03-02"]
    (trace,) = FIGURES["calendar"]["data"]
    assert trace["z"] == [[2.0, 4.0, 4.0, None, None, None, None]]
    assert trace["hovertext"] == [["2 h"], ["4 h"], ["4 h"], [""], [""], [""], [""]]


def test_bars_of_what_rose_and_fell_have_the_colours_of_that() -> None:
    (bar,) = FIGURES["signed"]["data"]
    assert bar["x"] == [4.0, -2.0]
    assert bar["marker"]["color"] == ["var(--up)", "var(--down)"]


def test_bars_that_are_not_chosen_are_paler() -> None:
    told = ["4 h", "−2 h"]
    (bar,) = bars(CHANGES, "device", "hours", told, chosen=[1])["data"]
    assert bar["marker"]["opacity"] == [0.4, 1]
    (bar,) = bars(CHANGES, "device", "hours", told)["data"]
    assert "opacity" not in bar["marker"]
