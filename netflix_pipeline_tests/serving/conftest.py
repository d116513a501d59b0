"""A world of three days, published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.serving import Queries, Snapshots, publish
from netflix_pipeline_tests.serving.world import Watched, World

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
FRIDAY = date(2026, 3, 6)
AS_OF = datetime(2026, 3, 7, 8, 30, tzinfo=UTC)


def three_days(root: Path, *, long_ago: bool = False) -> World:
    """Monday, Tuesday and Friday of one week; nobody watched on the days between.

    With `long_ago` somebody tried something weeks before.
    """
    world = World(root)
    if long_ago:
        world.watch(MONDAY - timedelta(days=40), [Watched("ann", "t-zoo", 11, minutes=1)])
    world.watch(
        MONDAY,
        [
            Watched("ann", "t-amelie", 10, minutes=120, reached=1.0),
            Watched("ann", "t-dark", 20, minutes=30, country="FR"),
            Watched("bob", "t-zoo", 11, minutes=1),  # too short for a starter
            Watched("cid", "t-night", 12, minutes=None, reached=None),
        ],
        peak=2,
    )
    world.watch(TUESDAY, [Watched("bob", "t-dark", 9, minutes=60, reached=0.75, device="smart_tv")])
    world.watch(
        FRIDAY,
        [
            Watched("ann", "t-dark", 8, minutes=60, reached=0.95),
            Watched("dee", "t-night", 9, minutes=90, reached=0.3, plan="Premium"),
        ],
    )
    world.describe()
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return three_days(tmp_path / "lake")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "serving"


@pytest.fixture
def long_queries(tmp_path: Path, folder: Path) -> Queries:
    """Queries of the same days, with data that reach back further than any window."""
    world = three_days(tmp_path / "long", long_ago=True)
    publish(world.lake, folder, as_of=AS_OF)
    return Queries(Snapshots(folder))


@pytest.fixture
def queries(world: World, folder: Path) -> Queries:
    publish(world.lake, folder, as_of=AS_OF)
    return Queries(Snapshots(folder))
