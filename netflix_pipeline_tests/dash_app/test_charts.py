from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.charts.lines import SIZE, lines, path
from dash_app.charts.scale import labelled, ticks
from dash_app.charts.small import bar, sparkline

FIRST = date(2026, 3, 2)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=offset) for offset in range(count)]


def drawn(values: list[float | None], before: list[float | None] | None = None) -> str:
    return lines(
        days(len(values)),
        values,
        before,
        label="Hours by day",
        tick=lambda value: f"{value:g} h",
        tick_day=str,
    )


def paths(svg: str) -> dict[str, str]:
    return {name: d for d, name in re.findall(r'<path d="([^"]*)" class="([^"]*)"', svg)}


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
    found = labelled(days(count))
    assert 1 <= len(found) <= 6
    assert found[-1] == count - 1
    assert len({b - a for a, b in pairwise(found)}) <= 1


def test_a_line_goes_through_the_middles_of_its_days() -> None:
    assert path([0, 5, 10], 10) == "M166.7 1000.0L500.0 500.0L833.3 0.0"


def test_a_day_without_a_value_is_a_gap_and_no_zero() -> None:
    assert path([1, None, 1, 1], 1) == "M125.0 0.0M625.0 0.0L875.0 0.0"
    assert paths(drawn([1, None, 1]))["area"] == ""


def test_both_lines_share_one_scale() -> None:
    found = paths(drawn([4, 2], [8, 8]))
    assert found["line"] == f"M250.0 {SIZE / 2:.1f}L750.0 {SIZE * 3 / 4:.1f}"
    assert found["line before"] == "M250.0 0.0L750.0 0.0"


def test_a_single_day_is_a_dot() -> None:
    assert '<circle cx="50%" cy="0.000%"' in drawn([4])
    assert "<circle" not in drawn([4, 4])


def test_a_chart_has_a_name_and_says_its_units() -> None:
    svg = drawn([30.0, 60.0])
    assert 'role="img" aria-label="Hours by day"' in svg
    assert ">60 h<" in svg


def test_a_sparkline_fills_its_height_and_needs_two_values() -> None:
    assert sparkline([None, 7]) is None
    assert 'd="M250.0 1000.0L750.0 0.0"' in (sparkline([2, 4]) or "")
    assert 'd="M250.0 500.0L750.0 500.0"' in (sparkline([3, 3]) or "")


def test_a_bar_is_as_long_as_its_share() -> None:
    assert 'width="12.50%"' in bar(1 / 8)
