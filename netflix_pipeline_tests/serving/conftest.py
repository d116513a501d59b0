"""A world of three days, published."""

from pathlib import Path

import pytest

from netflix_pipeline.serving import Snapshots, Source, publish
from netflix_pipeline_tests.support.three_days import AS_OF, three_days, three_days_and_one_long_ago
from netflix_pipeline_tests.support.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return three_days(tmp_path / "lake")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "serving"


@pytest.fixture(scope="session")
def long_source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Snapshots of the same days, with data that reach back further than any window."""
    root = tmp_path_factory.mktemp("long")
    publish(three_days_and_one_long_ago(root / "lake").lake, root / "serving", as_of=AS_OF)
    return Snapshots(root / "serving")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Snapshots of the three days, or of what a module makes of them, that are only read."""
    root = tmp_path_factory.mktemp("source")
    publish(three_days(root / "lake").lake, root / "serving", as_of=AS_OF)
    return Snapshots(root / "serving")
