from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.charts.bars import LONGEST, bars
from dash_app.charts.columns import Part, columns
from dash_app.charts.heat_map import calendar, heat
from dash_app.charts.lines import Other, lines, path
from dash_app.charts.marks import ChartMark
from dash_app.charts.matrix import matrix
from dash_app.charts.plot import SIZE
from dash_app.charts.scale import LEVELS, labelled, level, ticks
from dash_app.charts.sparkline import bar, sparkline

Drawn = list[float | None]


def drawn(values: Drawn, before: Drawn | None = None, **more: object) -> str:
    return lines(
        values,
        before,
        label="Hours by day",
        tick=lambda value: f"{value:g} h",
        labels={0: "first"},
        **more,  # type: ignore[arg-type]
    )


def paths(svg: str) -> dict[str, str]:
    return {name: d for d, name in re.findall(r'<path d="([^"]*)" class="([^"]*)"', svg)}


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


@given(st.integers(1, 4000))
def test_few_days_are_labelled_evenly_and_the_last_always(count: int) -> None:
    found = labelled(count)
    assert 1 <= len(found) <= 6
    assert found[-1] == count - 1
    assert len({b - a for a, b in pairwise(found)}) <= 1


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
    assert paths(drawn([1, None, 1]))["area"] == ""


def test_both_lines_share_one_scale() -> None:
    found = paths(drawn([4, 2], [8, 8]))
    assert found["line"] == f"M250.0 {SIZE / 2:.1f}L750.0 {SIZE * 3 / 4:.1f}"
    assert found["line before"] == "M250.0 0.0L750.0 0.0"


def test_what_leads_to_a_step_that_is_not_whole_is_dashed() -> None:
    found = paths(drawn([1, 1, 1, 1], partial=frozenset({3})))
    assert found["line"] == "M125.0 0.0L375.0 0.0L625.0 0.0"
    assert found["line partial"] == "M625.0 0.0L875.0 0.0"


def test_events_are_flags_and_incomplete_days_are_bands() -> None:
    svg = drawn(
        [1, 1, 1, 1], marks=[ChartMark(1, "launch"), ChartMark(3, "late rows", "incomplete")]
    )
    assert '<rect x="75%" width="25%" height="100%" class="incomplete"/>' in svg
    assert '<circle cx="37.5%" cy="0" r="4.5"/>' in svg


def test_a_single_day_is_a_dot() -> None:
    assert '<circle cx="50%" cy="0%"' in drawn([4])
    assert "<circle" not in drawn([4, 4])


def test_a_chart_has_a_name_and_says_its_units_and_how_it_is_read() -> None:
    svg = drawn([30.0, 60.0])
    assert 'role="img" aria-label="Hours by day"' in svg
    assert 'data-grid="2x1"' in svg
    assert ">60 h<" in svg


def test_a_bar_is_as_long_as_its_value_against_the_largest_and_names_are_cut() -> None:
    long = "A" * 40
    svg = bars(["Mobile", long], [50.0, 200.0], ["50 h", "200 h"], label="Devices")
    assert re.findall(r'<rect width="([\d.]+%)" height="30" rx="6" class="fill"', svg) == [
        "25%",
        "100%",
    ]
    assert f">{'A' * (LONGEST - 1)}…<" in svg
    assert 'data-grid="1x2"' in svg
    assert 'height="68"' in svg


def test_a_heat_map_has_every_cell_once_in_the_colour_of_its_amount() -> None:
    rows: list[Drawn] = [[0, 1, 7], [7, None, 7]]
    found = paths(heat(rows, names=["Mon", "Tue"], labels={0: "00"}, label="When"))
    assert {name: len(boxes(d)) for name, d in found.items()} == {
        "cell step-0": 2,
        "cell step-1": 1,
        "cell step-7": 3,
    }
    (first, *_) = boxes(found["cell step-7"])
    assert first == pytest.approx((666.7, 0, 333.3, 500), abs=0.1)


def test_a_calendar_begins_on_its_weekday_and_goes_down_the_weeks() -> None:
    svg = calendar([1, 1, 1], first=5, names={0: "Mon"}, labels={}, label="Days")
    assert [each[:2] for each in boxes(paths(svg)["cell step-7"])] == [
        (0, pytest.approx(714.3, abs=0.1)),
        (0, pytest.approx(857.1, abs=0.1)),
        (pytest.approx(1000 / 13, abs=0.1), 0),
    ]
    assert 'data-grid="13x7" data-first="5"' in svg
    year = calendar([1] * 365, first=0, names={}, labels={}, label="Days")
    assert 'data-grid="53x7"' in year


def test_columns_stand_on_one_another_and_losses_hang_below() -> None:
    svg = columns(
        [Part("new", [2, 1]), Part("back", [2, 3]), Part("gone", [2, 0], down=True)],
        label="Users",
        tick=str,
        labels={},
        partial=frozenset({1}),
    )
    found = paths(svg)
    (new,), (back,), (gone,) = (boxes(found[f"part {name}"]) for name in ("new", "back", "gone"))
    assert back[1] + back[3] == pytest.approx(new[1], abs=0.2)
    assert gone[1] == pytest.approx(new[1] + new[3], abs=0.2)
    assert gone[3] == pytest.approx(new[3], abs=0.2)
    assert back[1] == pytest.approx(0, abs=0.2)
    assert set(found) == {
        "part new",
        "part back",
        "part gone",
        "part new partial",
        "part back partial",
    }


def test_columns_of_nothing_have_an_axis_all_the_same() -> None:
    parts = [Part("new", [0, 0]), Part("gone", [0, 0], down=True)]
    svg = columns(parts, label="Users", tick=str, labels={})
    assert ">1.0<" in svg
    assert not paths(svg)


def test_columns_carry_the_marks_of_their_steps() -> None:
    marks = [ChartMark(0, "launch"), ChartMark(1, "late rows", "incomplete")]
    svg = columns([Part("new", [2, 1])], label="Users", tick=str, labels={}, marks=marks)
    assert '<rect x="50%" width="50%" height="100%" class="incomplete"/>' in svg
    assert '<circle cx="25%" cy="0" r="4.5"/>' in svg


def test_lines_beside_one_another_share_one_scale_and_have_no_area() -> None:
    found = paths(drawn([1, 2], others=[Other("c2", [4, 4])]))
    assert found["line"] == "M250.0 750.0L750.0 500.0"
    assert found["line c2"] == "M250.0 0.0L750.0 0.0"
    assert "area" not in found
    assert '<circle cx="50%" cy="0%" r="5" class="dot c2"/>' in drawn(
        [2], others=[Other("c2", [4])]
    )


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
