"""A home with a few days of viewing in bronze."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from netflix_pipeline.defs.instance import ADDRESS, dagster_home, open_instance
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import Watch, events_of
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.postgres_server import PostgresServer


@pytest.fixture
def watched(home: Settings, tmp_path: Path) -> Watch:
    """A function that ingests three events on each of some days."""
    arrived = 0

    def watch(days: Sequence[date]) -> None:
        nonlocal arrived
        arrived += 1
        file = tmp_path / f"events-{arrived}.csv"
        file.write_text(events_of(days))
        ingest_paths(home, [file])

    return watch


@pytest.fixture(scope="session")
def no_runs_yet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of Dagster in a home where nothing ran yet."""
    return dagster_home(Settings(home=tmp_path_factory.mktemp("no-runs-yet")))


@pytest.fixture
def instance(home: Settings, no_runs_yet: Path) -> Iterator[dg.DagsterInstance]:
    """The instance in which the home's runs are recorded."""
    copied(no_runs_yet, home.dagster)
    with open_instance(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def server(postgres: PostgresServer) -> PostgresServer:
    """Where runs are recorded that are not in files."""
    return postgres


@pytest.fixture
def on_server(tmp_path: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home whose runs are recorded on an empty server."""
    server.empty()
    monkeypatch.setenv(ADDRESS, server.url)
    return Settings(home=tmp_path / "home", dagster_database=server.url)


@pytest.fixture(params=["files", "server"])
def on_either(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a home that keeps what Dagster records in files, and of one on a server."""
    if request.param == "files":
        return Settings(home=tmp_path / "home")
    on_server: Settings = request.getfixturevalue("on_server")
    return on_server
