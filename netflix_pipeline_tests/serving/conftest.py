"""A world of three days, published."""

from __future__ import annotations

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


@pytest.fixture
def long_source(tmp_path: Path, folder: Path) -> Source:
    """Snapshots of the same days, with data that reach back further than any window."""
    world = three_days_and_one_long_ago(tmp_path / "long")
    publish(world.lake, folder, as_of=AS_OF)
    return Snapshots(folder)


@pytest.fixture
def source(world: World, folder: Path) -> Source:
    publish(world.lake, folder, as_of=AS_OF)
    return Snapshots(folder)
