"""A home with a few days of viewing in bronze."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import Watch, events_of


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


@pytest.fixture
def instance(home: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance in which the home's runs are recorded."""
    with open_instance(home) as opened:
        yield opened
