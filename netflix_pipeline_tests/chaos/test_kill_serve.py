"""kill -9 of processes of `serve`, of each layer one, under load: `make chaos-serve` kills all."""

from pathlib import Path

import pytest

from benchmarks.chaos.killing import run, settings_of
from benchmarks.measured import command
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline_tests.support.days import FIRST, events_of, from_day

KILLED = ("api, worker", "dashboard, server", "dagster-daemon, code server")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text(events_of(from_day(FIRST, 3)))
    settings = settings_of(tmp_path / "home", 1)
    ingest_paths(settings, [tmp_path / "events.csv"])
    command(settings.root, "materialize", "--json")
    return settings.root


def test_whatever_is_killed_comes_back_and_nothing_is_lost(home: Path, tmp_path: Path) -> None:
    settings = settings_of(home, 1)
    chaos = run(settings, KILLED, 0, tmp_path / "serve.log", reads=20, calm=0)
    assert [killed.role for killed in chaos.killed] == list(KILLED)
    assert all(killed.back is not None for killed in chaos.killed)
    assert chaos.clients.acknowledged
    assert (chaos.lost, chaos.twice, chaos.ledger_differences) == (0, 0, 0)
    reads = chaos.clients.reads
    assert reads.asked > 20
    # How soon all answers again is this machine's business, that it is answered at last is not.
    assert not reads.failed
