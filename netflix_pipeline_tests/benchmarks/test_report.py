"""The pages say what was recorded, and each promise has a figure or words."""

import ast
import re
from pathlib import Path

import pytest

from benchmarks import report, trend
from benchmarks.promises.lines import COMMANDS, LINES, table
from benchmarks.record import Run, history
from benchmarks.report import filled
from benchmarks.tables import BOUND, Figure

ROOT = Path(report.__file__).parents[1]


def test_the_pages_have_the_recorded_figures() -> None:
    runs = history()
    for path, blocks_of in report.PAGES.items():
        page = path.read_text(encoding="utf-8")
        assert page == filled(page, blocks_of(runs)), "run python -m benchmarks.report"
    assert trend.PAGE.read_text(encoding="utf-8") == trend.page(runs)[0], (
        "run python -m benchmarks.trend"
    )


def test_each_promise_has_a_target_that_can_be_held_against_a_figure_or_words() -> None:
    for line in LINES:
        if line.figure:
            assert BOUND.match(line.target), line
        else:
            assert line.told, line


def test_each_figure_of_a_promise_is_told_by_a_benchmark() -> None:
    """The title of its table stands in the code that prints it."""
    texts = {
        node.value
        for path in (ROOT / "benchmarks").rglob("*.py")
        if path.name != "lines.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    titles = {re.sub(r"[`*]", "", text) for text in texts}
    for line in LINES:
        if line.figure and not line.figure.startswith("in use at"):
            assert line.figure.partition(": ")[0] in titles, line.figure


def test_without_a_run_each_promise_names_the_command_that_measures_it() -> None:
    told = list(table([]))
    assert {cells[2] for cells in told} >= {"not recorded yet"}
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    commands = {cells[-1].strip("`") for cells in told if cells[2] == "not recorded yet"}
    assert {command.removeprefix("make ") for command in commands} <= targets
    assert set(COMMANDS.values()) <= {f"make {target}" for target in targets}


def test_a_page_without_the_mark_of_a_block_is_told() -> None:
    assert filled("a <!-- begin x -->old<!-- end x --> b", {"x": "new\\1"}) == (
        "a <!-- begin x -->\n\nnew\\1\n\n<!-- end x --> b"
    )
    with pytest.raises(ValueError, match="0 times"):
        filled("nothing", {"x": "new"})


def test_figures_that_are_told_beside_a_floor_stand_together() -> None:
    figures = (
        Figure("step: floor: the narrow job: CPU of the floor", 1, ""),
        Figure("step: CSV to published: CPU of the floor", 2.1, "", "≤ 2.2"),
        Figure("step: CSV to published: seconds", 50, "s"),
    )
    run = Run("python -m benchmarks", {}, "2026-11-30", 1, "abc", False, {}, {}, figures, ())
    (told,) = report.floors([run])
    assert told[:4] == ("step: CSV to published: CPU of the floor", "2.1", "≤ 2.2", "kept")
