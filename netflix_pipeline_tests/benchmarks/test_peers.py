"""What another engine makes of the same dirty files, in SQL, is every gold table row by row."""

import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks.peers.__main__ import WHOLE
from benchmarks.peers.by_duckdb import run
from benchmarks.peers.engines import FOUR
from benchmarks.peers.equality import assert_equal, table_of
from benchmarks.peers.measuring import taken
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings

BURNS = "sum(range(10**7)); held = b'x' * 10**8; __import__('time').sleep(1)"
STARTS = f'import subprocess, sys; subprocess.run([sys.executable, "-c", {BURNS!r}])'


@pytest.mark.slow
def test_duckdb_makes_the_same_gold_tables(tmp_path: Path) -> None:
    files = generate(
        tmp_path / "raw",
        events=1_000,
        users=60,
        titles=60,
        days=9,
        end=date(2026, 2, 1),
        seed=3,
        dirty=True,
    )
    settings = Settings(home=tmp_path / "home")
    ingest_paths(settings, [*files.paths.values()])
    lake = Lake.of(settings)
    assert all(built.good for built in build(lake, dependencies(), None, only_pending=True))
    (received,) = (each.received_at for each in manifests(lake) if each.table == "watch_events")
    made = tmp_path / "made"
    tables = sorted({*WHOLE, *FOUR})
    run(tmp_path / "raw", made, f"{received:%Y-%m-%d %H:%M:%S.%f}", tables)
    for table in tables:
        assert_equal(lake, made, table)
    # A table that is not the same is told.
    (day, *_) = lake.partitions(table_of("title_daily"))
    next((made / f"title_daily/event_date={day}").iterdir()).unlink()
    with pytest.raises(AssertionError, match="title_daily"):
        assert_equal(lake, made, "title_daily")


def test_what_processes_below_a_program_take_counts() -> None:
    took = taken([sys.executable, "-c", STARTS], {}, Path.cwd())
    assert took.cpu_seconds > 0.1
    assert took.peak_mb > 100


def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no such engine"):
        taken([sys.executable, "-c", "raise SystemExit('no such engine')"], {}, Path.cwd())
