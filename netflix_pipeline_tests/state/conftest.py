from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline_tests.support.postgres_server import PostgresServer

STORES = {
    *("test_annotations", "test_audit", "test_bookmarks", "test_business_alerts"),
    *("test_erasures", "test_keys", "test_reports", "test_sessions"),
}
"""Modules whose tests hold for every kind of database."""
OF_FILES = {
    "test_looking_makes_nothing",
    "test_nothing_in_the_folder_tells_who_was_erased",
    "test_of_a_key_only_its_hash_is_kept",
    "test_who_is_erased_leaves_the_keys",
}
"""Those of them that look into the file."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    uses_state = "home" in metafunc.fixturenames
    if module in STORES and uses_state and metafunc.function.__name__ not in OF_FILES:
        metafunc.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty database; empty for the file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres")
    server.empty()
    return server.url


@pytest.fixture
def home(tmp_path: Path, database: str) -> Settings:
    """Settings with an empty home of the test's own."""
    return Settings(home=tmp_path / "home", state_database=database)


@pytest.fixture
def state(home: Settings) -> Iterator[Engine]:
    """The database of state of a home of the test's own."""
    engine = open_state(home)
    yield engine
    engine.dispose()
