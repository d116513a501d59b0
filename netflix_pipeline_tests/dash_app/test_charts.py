import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.charts.bars import LONGEST, bar
from dash_app.charts.drawing import draw, legend
from dash_app.charts.heat_map import matrix
from dash_app.charts.lines import path, sparkline
from dash_app.charts.plot import LEVELS, SIZE, below, labelled, level
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
from dash_app.panels.launch_curves import ticks as days_since
from dash_app.scales import STEPS, around, even, ticks
from dash_app.table import Table, TableColumn
from netflix_pipeline_tests.support.figures import checked

Drawn = list[float | None]
MONDAY = date(2026, 3, 2)
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def by_day(first: date = MONDAY, **columns: Sequence[Any]) -> Table:
    """A table of days, with columns of values."""
    count = len(next(iter(columns.values())))
    days = [first + timedelta(days=at) for at in range(count)]
    heads = [TableColumn(name, name.capitalize()) for name in ("from", *columns)]
    return Table("Hours by day", tuple(heads), tuple(zip(days, *columns.values(), strict=True)))


def figure_of(values: Drawn, before: Drawn | None = None, **more: Any) -> Figure:
    partial = more.pop("partial", ())
    table = by_day(hours=values, before=before or values)
    traces = area(table, "from", "hours")
    if before:
        traces += line(table, "from", "before", name="Before", color="compare", dash="dash")
    traces += line(table, "from", "hours", name="Now", partial=partial)
    return lines(table, "from", traces, value="Hours", **more)


def drawn(values: Drawn, before: Drawn | None = None, **more: Any) -> str:
    return draw(figure_of(values, before, **more))


def paths(svg: str) -> dict[str, str]:
    """The drawings of paths, by their looks."""
    found = re.findall(r'<path d="([^"]*)"([^>]*)/>', svg)
    return {" ".join(re.findall(r'"([^"]*)"', looks)): d for d, looks in found}


def boxes(d: str) -> list[tuple[float, ...]]:
    """Left, top, width and height of each rectangle of a path."""
    found = re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.-]+)v([\d.-]+)h-[\d.-]+z", d)
    return [tuple(map(float, each)) for each in found]


@given(st.floats(1e-3, 1e12))
def test_an_axis_has_a_few_even_steps_and_room_for_the_most(most: float) -> None:
    steps = ticks(most)
    assert 4 <= len(steps) <= 6
    assert steps[0] == 0
    assert steps[-1] >= most * (1 - 1e-9)
    assert steps[-2] < most
    assert all(b - a == pytest.approx(steps[1]) for a, b in pairwise(steps))


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 0.2, 0.4, pytest.approx(0.6), 0.8, 1]),
        (1392, [0, 500, 1000, 1500]),
        (3, [0, 1, 2, 3]),
    ],
)
def test_the_steps_of_an_axis_are_round(most: float, expected: list[float]) -> None:
    assert ticks(most) == expected


@given(st.lists(st.none() | st.integers(0, 10**6).map(lambda n: n / 10**6), max_size=8))
def test_an_axis_of_rates_has_a_few_round_steps_around_them(rates: Drawn) -> None:
    steps = around(rates)
    known = [rate for rate in rates if rate is not None] or [0.0]
    assert 2 <= len(steps) <= STEPS + 2
    assert steps[0] <= min(known) + 1e-9
    assert steps[-1] >= max(known) - 1e-9
    assert 0 <= steps[0] < steps[-1] <= 1
    assert even([steps[0], steps[-1]], steps[1] - steps[0]) == pytest.approx(steps)
    # Nothing is far from what is shown, and what is written there is exact.
    assert steps[0] == 0 or steps[-1] - steps[0] <= max(0.0031, 2 * (max(known) - min(known)))
    assert steps[0] == 0 or all(round(step, 3) == step for step in steps)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([], [0, 1]),
        ([0.0, 0.0], [0, 1]),
        ([0.761, None, 0.799], [0.76, 0.77, 0.78, 0.79, 0.8]),
        ([0.5], [0.499, 0.5, 0.501]),
        ([1.0, 1.0], [0.999, 1]),
        ([0.2, 0.6], [0, 0.2, 0.4, 0.6]),
    ],
)
def test_the_axis_of_rates_begins_near_them(rates: Drawn, expected: list[float]) -> None:
    assert around(rates) == pytest.approx(expected)


def test_rates_are_drawn_around_their_values_and_the_axis_says_so() -> None:
    svg = drawn([0.76, 0.8], unit="share")
    assert ">Axis from 76.0%, not from 0</text>" in svg
    assert 'aria-label="Hours by day. The axis begins at 76.0%."' in svg
    assert paths(svg) == {"var(--accent) line": "M250.0 1000.0L750.0 0.0"}  # and no area
    assert re.findall(r">(\d\d\.\d%)</text>", svg) == ["76.0%", "77.0%", "78.0%", "79.0%", "80.0%"]
    assert '<circle cx="50%" cy="50%"' in drawn([0.5], unit="share")
    counts = drawn([76, 80])
    assert "The axis begins" not in counts
    assert "var(--area)" in paths(counts)


@given(st.integers(1, 4000))
def test_few_days_are_labelled_evenly_and_the_last_always(count: int) -> None:
    found = labelled(count)
    assert 1 <= len(found) <= 6
    assert found[-1] == count - 1
    assert len({b - a for a, b in pairwise(found)}) <= 1


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (0, [0]),
        (1, [0]),
        (7, [0, 1, 2, 3, 4, 5, 6]),
        (9, [0, 8]),
        (28, [0, 7, 14, 21, 27]),
        (91, [0, 21, 42, 63, 90]),
    ],
)
def test_days_since_a_launch_are_labelled_by_weeks_and_the_last_always(
    days: int, labels: list[int]
) -> None:
    assert list(days_since(days)) == labels


def test_the_label_of_a_narrow_last_band_ends_near_it() -> None:
    last = '<text x="100%" y="1.1em" dx="8" class="last">28</text>'
    assert last in below({0: "1", 27: "28"}, 28)
    assert "last" not in below({0: "1", 6: "7"}, 7)


@given(st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_a_step_of_a_colour_grows_with_its_value(value: float, most: float) -> None:
    found = level(min(value, most), most)
    assert 0 <= found <= LEVELS
    assert (found == 0) == (value == 0)
    assert found <= level(most, most) == LEVELS


def test_nothing_and_unknown_have_no_step() -> None:
    assert [level(value, 5) for value in (None, 0, -1, 0.1)] == [0, 0, 0, 1]


def test_a_line_goes_through_the_middles_of_its_days() -> None:
    assert path([0, 5, 10], 10) == "M166.7 1000.0L500.0 500.0L833.3 0.0"


def test_a_day_without_a_value_is_a_gap_and_no_zero() -> None:
    assert path([1, None, 1, 1], 1) == "M125.0 0.0M625.0 0.0L875.0 0.0"
    assert paths(drawn([1, None, 1, 1])).keys() == {"var(--accent) line"}  # and no area


def test_both_lines_share_one_scale() -> None:
    found = paths(drawn([4, 2], [8, 8]))
    assert found["var(--accent) line"] == f"M250.0 {SIZE / 2:.1f}L750.0 {SIZE * 3 / 4:.1f}"
    assert found["var(--compare) line dashed"] == "M250.0 0.0L750.0 0.0"
    assert found["var(--area)"].endswith("L750.0 1000L250.0 1000Z")


def test_what_leads_to_a_step_that_is_not_whole_is_dotted() -> None:
    found = paths(drawn([1, 1, 1, 1], partial={3}))
    assert found["var(--accent) line"] == "M125.0 0.0L375.0 0.0L625.0 0.0"
    assert found["var(--accent) line dotted"] == "M625.0 0.0L875.0 0.0"


def test_events_are_flags_and_incomplete_days_are_bands() -> None:
    last = MONDAY + timedelta(days=3)
    shapes = [flag(MONDAY + timedelta(days=1), "launch"), band(last, last)]
    table = by_day(hours=[1, 1, 1, 1])
    columns = stacked(table, "from", [column(table, "from", "hours")], value="Hours", shapes=shapes)
    for svg in (drawn([1, 1, 1, 1], shapes=shapes), draw(columns)):
        assert '<rect x="75%" width="25%" height="100%" class="incomplete"/>' in svg
        assert '<circle cx="37.5%" cy="0" r="4.5"/>' in svg


def test_the_band_of_a_week_that_is_cut_is_its_own_step() -> None:
    days = [date(2026, 3, 7), date(2026, 3, 9), date(2026, 3, 16)]
    heads = (TableColumn("from", "From"), TableColumn("hours", "Hours"))
    table = Table("Hours by week", heads, tuple((day, 1) for day in days))
    shapes = [band(days[1], date(2026, 3, 15))]
    svg = draw(lines(table, "from", line(table, "from", "hours"), value="", shapes=shapes))
    assert '<rect x="33.33%" width="33.33%" height="100%" class="incomplete"/>' in svg


def test_a_single_day_is_a_dot() -> None:
    assert '<circle cx="50%" cy="0%"' in drawn([4])
    assert '<circle cx="50%" cy="0%"' in drawn([4], partial={0})
    assert "<circle" not in drawn([4, 4])


def test_a_day_between_two_gaps_is_a_dot() -> None:
    dots = drawn([4, None, 2])
    assert '<circle cx="16.67%" cy="0%" r="5"' in dots
    assert '<circle cx="83.33%" cy="50%" r="5"' in dots
    svg = drawn([4, None, 2, 2])
    assert svg.count('r="3"') == 3
    assert paths(svg)["var(--accent) line"] == "M125.0 0.0M625.0 500.0L875.0 500.0"
    assert "<circle" not in drawn([4, 4, None, 2, 2])


def test_a_chart_has_a_name_and_says_its_units_and_how_it_is_read() -> None:
    svg = draw(figure_of([0.3, 0.6], unit="share"), "Most on Tuesday.")
    assert 'role="img" aria-label="Hours by day. Most on Tuesday."' in svg
    assert 'data-grid="2x1"' in svg
    assert ">60.0%<" in svg
    assert re.findall(r"<text[^>]*>(\w+)\W(\w+)</text>", svg)[-2:] == [("2", "Mar"), ("3", "Mar")]


def test_a_long_axis_has_the_years() -> None:
    assert ">Nov\N{NO-BREAK SPACE}2026</text>" in drawn([1] * 400)


def test_a_bar_is_as_long_as_its_value_against_the_largest_and_names_are_cut() -> None:
    heads = (TableColumn("device", "Device"), TableColumn("hours", "Hours"))
    table = Table("Devices", heads, (("Mobile", 50.0), ("A" * 40, 200.0), ("Other", 0.0)))
    figure = bars(table, "device", "hours", ["50 h", "200 h", "0 h"], most=2)
    svg = draw(figure)
    assert re.findall(r'<rect width="([\d.]+%)" height="30" rx="6" fill=', svg) == ["25%", "100%"]
    assert f">{'A' * (LONGEST - 1)}…<" in svg
    assert 'data-grid="1x2"' in svg
    assert 'height="68"' in svg
    assert "0 h" in figure["data"][0]["text"]


def test_what_is_taken_away_lies_left_of_zero_and_what_is_added_right() -> None:
    heads = (TableColumn("device", "Device"), TableColumn("hours", "Hours"))
    table = Table("Devices", heads, (("Mobile", -50.0), ("Other", 150.0), ("Laptop", 0.0)))
    figure = bars(table, "device", "hours", ["-50", "+150", "0"], signed=True)
    svg = checked(figure)
    assert re.findall(r'<rect (?:x="([\d.]+%)" )width="([\d.]+%)" .*? fill="([^"]*)"', svg) == [
        ("0%", "25%", "var(--down)"),
        ("25%", "75%", "var(--up)"),
        ("25%", "0%", "var(--up)"),
    ]
    assert svg.count('<line x1="25%" x2="25%"') == 3
    lost = Table("Devices", heads, (("Mobile", -50.0),))
    svg = checked(bars(lost, "device", "hours", ["-50"], signed=True))
    assert '<rect x="0%" width="100%"' in svg


def test_a_change_beside_a_bar_has_its_colour_and_a_long_name_makes_room() -> None:
    heads = (TableColumn("device", "Device"), TableColumn("hours", "Hours"))
    table = Table("Devices", heads, (("A" * 40, 50.0), ("Other", 150.0), ("New", 1.0)))
    svg = checked(bars(table, "device", "hours", ["1.2K · 23.4% ▲ +4.2%", "9 ▼ −1%", "1 new"]))
    assert '1.2K · 23.4% <tspan class="up">▲ +4.2%</tspan>' in svg
    assert '9 <tspan class="down">▼ −1%</tspan>' in svg
    assert svg.count("<tspan") == 2
    assert f">{'A' * (LONGEST - 1)}…<" in svg
    longer = checked(bars(table, "device", "hours", ["9" * 24, "9", "1"]))
    assert f">{'A' * (LONGEST - 5)}…<" in longer


def test_a_heat_map_has_every_cell_once_in_the_colour_of_its_amount() -> None:
    rows: list[tuple[Any, ...]] = [("Mon", "0", 0), ("Mon", "1", 1), ("Mon", "2", 7)]
    rows += [("Tue", "0", 7), ("Tue", "1", None), ("Tue", "2", 7)]
    heads = [TableColumn(name, name) for name in ("weekday", "hour", "plays")]
    figure = heat_map(
        Table("When", tuple(heads), tuple(rows)), "hour", "weekday", "plays", {2: "2"}
    )
    found = paths(draw(figure))
    assert {name: len(boxes(d)) for name, d in found.items()} == {
        "cell step-0": 2,
        "cell step-1": 1,
        "cell step-7": 3,
    }
    (first, *_) = boxes(found["cell step-7"])
    assert first == pytest.approx((666.7, 0, 333.3, 500), abs=0.1)
    assert re.findall(r">(\w+)</text>", draw(figure)) == ["Mon", "Tue", "2"]


def test_a_calendar_begins_on_its_weekday_and_goes_down_the_weeks() -> None:
    def of(first: date, values: Drawn) -> str:
        return draw(calendar(by_day(first, hours=values), "from", "hours", WEEKDAYS, {0: "Mar"}))

    svg = of(date(2026, 3, 7), [1, 1, 1])
    assert [each[:2] for each in boxes(paths(svg)["cell step-7"])] == [
        (0, pytest.approx(714.3, abs=0.1)),
        (0, pytest.approx(857.1, abs=0.1)),
        (pytest.approx(1000 / 13, abs=0.1), 0),
    ]
    assert 'data-grid="13x7" data-first="5"' in svg
    assert re.findall(r">(\w+)</text>", svg) == ["Mon", "Wed", "Fri", "Sun", "Mar"]
    assert 'data-grid="53x7"' in of(MONDAY, [1] * 365)


def test_columns_stand_on_one_another_and_losses_hang_below() -> None:
    table = by_day(new=[2, 1], back=[2, 3], gone=[2, 0])
    parts = [
        column(table, "from", "new", color="new", partial={1}),
        column(table, "from", "back", color="back", partial={1}),
        column(table, "from", "gone", color="gone", down=True, partial={1}),
    ]
    found = paths(draw(stacked(table, "from", parts, value="Users")))
    (new,), (back,), (gone,) = (boxes(found[f"var(--{name})"]) for name in ("new", "back", "gone"))
    assert back[1] + back[3] == pytest.approx(new[1], abs=0.2)
    assert gone[1] == pytest.approx(new[1] + new[3], abs=0.2)
    assert gone[3] == pytest.approx(new[3], abs=0.2)
    assert back[1] == pytest.approx(0, abs=0.2)
    pale = {"var(--new) 0.5", "var(--back) 0.5"}
    assert found.keys() == pale | {f"var(--{name})" for name in ("new", "back", "gone")}


def test_columns_of_nothing_have_an_axis_all_the_same() -> None:
    table = by_day(new=[0, 0], gone=[0, 0])
    parts = [column(table, "from", "new"), column(table, "from", "gone", down=True)]
    svg = draw(stacked(table, "from", parts, value="Users"))
    assert re.findall(r'dy="0.32em">(\w)</text>', svg) == ["0", "1"]
    assert not paths(svg)


def test_lines_beside_one_another_share_one_scale() -> None:
    table = by_day(hours=[1, 2], more=[4, 4])
    both = line(table, "from", "more", color="c2") + line(table, "from", "hours")
    found = paths(draw(lines(table, "from", both, value="Hours")))
    assert found == {
        "var(--c2) line": "M250.0 0.0L750.0 0.0",
        "var(--accent) line": "M250.0 750.0L750.0 500.0",
    }


def test_a_legend_tells_lines_columns_and_steps_of_a_colour() -> None:
    told = legend(figure_of([1], [2])) or ""
    assert re.findall(r'class="([^"]*)" style="--look:([^"]*)">(.*?)<', told) == [
        ("key", "var(--accent)", "Now"),
        ("key dashed", "var(--compare)", "Before"),
    ]
    table = by_day(new=[2, 1], back=[2, 3])
    parts = [column(table, "from", "new", name="New"), column(table, "from", "back")]
    assert legend(stacked(table, "from", parts, value="Users")) == (
        '<div aria-hidden="true" class="legend">'
        '<span class="key part" style="--look:var(--part-1)">New</span></div>'
    )
    assert legend(lines(table, "from", line(table, "from", "new"), value="")) is None
    cells = calendar(by_day(hours=[1]), "from", "hours", WEEKDAYS, {})
    assert re.findall(r">(\w+)</span>", legend(cells) or "") == ["Nothing", "Less", "More"]


@pytest.mark.parametrize(
    ("traces", "says"),
    [
        ([{"type": "pie", "values": [1]}], "pie"),
        ([{"type": "bar", "x": [1], "y": [1]}, {"type": "scatter", "x": [1], "y": [1]}], "scatter"),
        ([{"type": "bar", "x": [1], "y": [1], "base": 2}], "base of a bar"),
        (
            [{"type": "bar", "x": [1], "y": [1], "marker": {"line": {"width": 1}}}],
            "marker.line.width",
        ),
        (
            [{"type": "bar", "x": [1], "y": [1]}, {"type": "bar", "x": [2], "y": [1]}],
            "share their x",
        ),
    ],
)
def test_what_cannot_be_drawn_is_an_error(traces: list[Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked({"data": traces, "layout": {"title": {"text": "Hours"}}})


def test_a_matrix_says_every_share_and_leaves_out_what_is_not_known() -> None:
    html = matrix(
        [[1.0, 0.5], [1.0, None]],
        [["100%", "50%"], ["100%", ""]],
        heads=["Week", "Users", "0", "1"],
        names=[["3 Aug", "12"], ["10 Aug", "9"]],
        caption="Retention",
    )
    assert html.count('class="step-7">100%') == 2
    assert 'class="step-4">50%' in html
    assert "<td></td>" in html
    assert '<th scope="row">10 Aug</th><td class="plain">9</td>' in html


def test_a_sparkline_fills_its_height_and_needs_two_values() -> None:
    assert sparkline([None, 7]) is None
    assert 'd="M250.0 1000.0L750.0 0.0"' in (sparkline([2, 4]) or "")
    assert 'd="M250.0 500.0L750.0 500.0"' in (sparkline([3, 3]) or "")


def test_a_small_bar_is_as_long_as_its_share() -> None:
    assert 'width="12.50%"' in bar(1 / 8)
