"""The trend tells a slower machine from slower code, and what chance does from both."""

from collections.abc import Sequence

import pytest

from benchmarks.calibration import ONE_CORE, Speed
from benchmarks.record import Run
from benchmarks.tables import Figure
from benchmarks.trend import courses, page


def run(day: int, value: float, unit: str = "ms", speed: float = 50, events: int = 1) -> Run:
    return Run(
        "python -m benchmarks.example",
        {"events": events, "home": f"/somewhere/{day}"},
        f"2026-11-{day:02d}T12:00:00+00:00",
        1.0,
        "abc",
        False,
        {},
        {ONE_CORE: Speed(speed, "MB/s", "work")},
        (Figure("answers: p50", value, unit),),
        (),
    )


def worse(values: Sequence[float], unit: str = "ms", speeds: Sequence[float] = ()) -> bool:
    runs = [
        run(day, value, unit, speeds[day - 1] if speeds else 50)
        for day, value in enumerate(values, 1)
    ]
    (course,) = courses(runs)
    return course.regressed


@pytest.mark.parametrize(
    ("values", "unit", "told"),
    [
        ((10, 11, 10, 13), "ms", True),
        ((10, 11, 10, 11.5), "ms", False),  # within 20 %
        ((10, 14, 10, 13), "ms", False),  # chance did as much before
        ((10, 11, 10, 5), "ms", False),
        ((100, 99, 101, 70), "rows/s", True),
        ((100, 99, 101, 140), "rows/s", False),
        ((100, 99, 101, 140), "MB", True),
        ((10, 10, 50), "ms", False),  # too few
        ((10, 10, 10, 50), "tries", False),  # nobody knows whether more is better
    ],
)
def test_what_is_worse_than_before_by_more_than_chance_is_flagged(
    values: Sequence[float], unit: str, told: bool
) -> None:
    assert worse(values, unit) == told


def test_a_slower_machine_is_no_regression_and_a_faster_one_hides_none() -> None:
    slower, faster = (50, 50, 50, 25), (50, 50, 50, 100)
    assert not worse((10, 10, 10, 20), speeds=slower)
    assert not worse((100, 100, 100, 50), "rows/s", slower)
    assert worse((10, 10, 10, 10), speeds=faster)
    assert not worse((100, 100, 100, 100), "MB", faster)


def test_runs_that_measured_something_else_are_another_series() -> None:
    runs = [run(day, 10) for day in (1, 2, 3, 4)] + [run(5, 90, events=2)]
    text, flagged = page(runs)
    assert not flagged
    assert text.count("## `python -m benchmarks.example`") == 2
    assert "| answers: p50 | 4 | ████ | 10 ms | 1.00 |  |" in text
    assert "| answers: p50 | 5 |" not in text


def test_the_page_names_what_became_worse() -> None:
    text, flagged = page([run(day, value) for day, value in enumerate((10, 10, 10, 20), 1)])
    assert [course.figure.name for course in flagged] == ["answers: p50"]
    assert "| answers: p50 | 4 | ▅▅▅█ | 20 ms | 2.00 | **worse** |" in text
