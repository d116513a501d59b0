"""What other engines make and answer of the same dirty files is what ours does, row by row."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copy

import pytest

from benchmarks.api import World
from benchmarks.peers.__main__ import WHOLE
from benchmarks.peers.answers import by_duckdb, by_polars, ours
from benchmarks.peers.answers.comparing import asked, assert_same
from benchmarks.peers.answers.program import Question, Rows
from benchmarks.peers.answers.shapes import SHAPES
from benchmarks.peers.by_duckdb import run
from benchmarks.peers.dashboard.comparing import assert_same_numbers
from benchmarks.peers.engines import FOUR
from benchmarks.peers.equality import assert_equal, table_of
from benchmarks.peers.measuring import taken
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings

BURNS = "sum(range(10**7)); held = b'x' * 10**8; __import__('time').sleep(1)"
STARTS = f'import subprocess, sys; subprocess.run([sys.executable, "-c", {BURNS!r}])'


@dataclass(frozen=True)
class Made:
    """Dirty files, and a home with all that is made of them."""

    raw: Path
    settings: Settings
    lake: Lake


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("peers")
    files = generate(
        folder / "raw",
        events=1_000,
        users=60,
        titles=60,
        days=9,
        end=date(2026, 2, 1),
        seed=3,
        dirty=True,
    )
    settings = Settings(home=folder / "home")
    ingest_paths(settings, [*files.paths.values()])
    lake = Lake.of(settings)
    assert all(built.good for built in build(lake, dependencies(), None, only_pending=True))
    publish(lake, settings.serving, as_of=datetime.now(UTC))
    return Made(folder / "raw", settings, lake)


@pytest.mark.slow
def test_duckdb_makes_the_same_gold_tables(made: Made, tmp_path: Path) -> None:
    batches = manifests(made.lake)
    (received,) = (each.received_at for each in batches if each.table == "watch_events")
    tables = sorted({*WHOLE, *FOUR})
    run(made.raw, tmp_path, f"{received:%Y-%m-%d %H:%M:%S.%f}", tables)
    for table in tables:
        assert_equal(made.lake, tmp_path, table)
    # A table that is not the same is told.
    (day, *_) = made.lake.partitions(table_of("title_daily"))
    next((tmp_path / f"title_daily/event_date={day}").iterdir()).unlink()
    with pytest.raises(AssertionError, match="title_daily"):
        assert_equal(made.lake, tmp_path, "title_daily")


@pytest.mark.slow
def test_engines_answer_each_question_as_ours_does(made: Made) -> None:
    engines: dict[str, Callable[[Question], Rows]] = {
        "DuckDB": by_duckdb.opened(made.lake.root),
        "Polars": by_polars.opened(made.lake.root),
    }
    questions = list(asked(World(made.settings.home), tries=2, days=7))
    own = ours.opened(made.settings.home)
    assert {question["shape"] for question in questions} == SHAPES.keys()
    for question in questions:
        expected = as_json(own(question))
        assert expected or question["shape"] == "person"
        for name, answer in engines.items():
            assert_same(name, question, expected, as_json(answer(question)))
    # An answer that is not the same is told.
    with pytest.raises(AssertionError, match="Polars"):
        assert_same("Polars", questions[-1], as_json(own(questions[-1])), [])


def as_json(rows: Rows) -> list[list[object]]:
    """Rows as they come out of an engine's program."""
    return [[str(cell) if isinstance(cell, date) else cell for cell in row] for row in rows]


@pytest.mark.slow
def test_the_other_dashboards_show_our_numbers(made: Made, tmp_path: Path) -> None:
    # Of a copy: the file may be open in this process, in another way.
    assert_same_numbers(Path(copy(made.settings.serving / "current.duckdb", tmp_path)))


def test_what_processes_below_a_program_take_counts() -> None:
    took = taken([sys.executable, "-c", STARTS], {}, Path.cwd())
    assert took.cpu_seconds > 0.1
    assert took.peak_mb > 100


def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no such engine"):
        taken([sys.executable, "-c", "raise SystemExit('no such engine')"], {}, Path.cwd())
