"""What a benchmark prints is what is recorded of it, beside the speed of the machine."""

import argparse
import json
from pathlib import Path

import pytest

from benchmarks import tables
from benchmarks.calibration import ONE_CORE, ROUND_TRIP_MS, calibrate
from benchmarks.record import NO_CAUSE, cause, history, recorded
from benchmarks.tables import Figure, Table


def figures(table: Table) -> list[Figure]:
    return list(table.figures())


def test_cells_that_are_numbers_are_figures_with_their_units_and_goals() -> None:
    table = Table(
        ("first view", "median", "p95", "goal", ""),
        [
            ("**nothing kept**", "", "", "", ""),
            ("all `cards`", "1,332 ms", "1,900", "≤ 500 ms", "**missed**"),
            ("**kept**", "", "", "", ""),
            ("all `cards`", "332 ms", "", "≤ 500 ms", "kept"),
            ("… a complaint", "", "", "", ""),
        ],
    )
    assert figures(table) == [
        Figure("first view: nothing kept: all cards: median", 1332, "ms", "≤ 500"),
        Figure("first view: nothing kept: all cards: p95", 1900, ""),
        Figure("first view: kept: all cards: median", 332, "ms", "≤ 500"),
    ]
    assert [one.kept for one in figures(table)] == [False, None, True]


def test_a_row_may_have_a_goal_for_each_of_its_figures() -> None:
    table = Table(
        ("step", "s", "wall of the floor", "CPU of the floor", "goal of CPU of the floor", "goal"),
        [("whole", "50", "2.6", "2.1", "≤ 2.2", "≤ 60")],
    )
    assert [(one.goal, one.kept) for one in figures(table)] == [
        ("≤ 60", True),
        ("", None),
        ("≤ 2.2", True),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "value", "unit"),
    [
        ("p99 ms", "12.5", 12.5, "ms"),
        ("raw rows/s", "252,000", 252_000, "rows/s"),
        ("of the CSV", "26.9%", 26.9, "%"),
        ("% more in 10 minutes", "-0.12", -0.12, "%"),
        ("seconds of the run", "2.8", 2.8, "s"),
        ("tries", "3", 3, ""),
    ],
)
def test_the_unit_is_the_cell_s_or_its_column_s(
    column: str, cell: str, value: float, unit: str
) -> None:
    assert figures(Table(("case", column), [("", cell)])) == [
        Figure(f"case: {column}", value, unit)
    ]


@pytest.mark.parametrize("cell", ["17.4, 23.2", '{"200": 12}', "kept", "", "2026-10-31", "≤ 5"])
def test_a_cell_that_is_no_single_number_is_no_figure(cell: str) -> None:
    assert figures(Table(("case", "column"), [("row", cell)])) == []


def test_a_goal_can_be_that_of_another_column_than_the_first() -> None:
    table = Table(
        ("load", "answers", "last ÷ first", "goal of last ÷ first"), [("a", "9", "1.3", "≤ 1.2")]
    )
    answers, times = figures(table)
    assert answers.kept is None
    assert times == Figure("load: a: last ÷ first", 1.3, "", "≤ 1.2")
    assert times.kept is False


def test_the_machine_s_speed_is_told_in_moments(tmp_path: Path) -> None:
    measured = calibrate(0.02, tmp_path)
    assert all(speed.value > 0 for speed in measured.values())
    assert {speed.unit for speed in measured.values()} == {
        *("MB/s", "rows/s", "writes/s", "ms", "round trips/s")
    }
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_written_and_read_again_as_it_was(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.example")
    parser.add_argument("--events", type=int, default=10)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--builds", action=argparse.BooleanOptionalAction, default=True)
    told = ["--events", "20", "--no-builds", "--home", "/somewhere", "--record"]
    with recorded(parser, told, seconds=0.01, to=tmp_path) as asked:
        tables.head("answers", "p50 ms", "goal")
        tables.row("of everybody", f"{asked.events / 2}", "≤ 5")
    (path,) = tmp_path.iterdir()
    written = json.loads(path.read_text(encoding="utf-8"))
    (run,) = history(tmp_path)
    assert json.loads(json.dumps(run.as_json())) == written
    assert run.command == "python -m benchmarks.example --events 20 --no-builds"
    assert run.arguments == {"events": 20, "builds": False}, "no place of this machine"
    assert run.name == "example"
    assert run.figures == (Figure("answers: of everybody: p50 ms", 10, "ms", "≤ 5"),)
    (miss,) = written["misses"]
    assert (miss["value"], miss["goal"], miss["cause"]) == ("10 ms", "≤ 5", NO_CAUSE)
    floor = run.calibration[ROUND_TRIP_MS].value
    assert written["figures"][0]["of_floor"] == pytest.approx(10 / floor)
    assert written["calibration"][ONE_CORE]["value"] > 0
    assert written["machine"]["cores"] >= 1


def test_a_miss_has_the_cause_that_is_known_of_such_figures() -> None:
    assert "one core" in cause("load: batches of 500, 8 connections: events/s")
    assert cause("something else") == NO_CAUSE
