"""A home with a few days of viewing in bronze."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.settings import Settings

FIRST = date(2026, 1, 5)
HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"

Watch = Callable[[Sequence[date]], None]


def events_of(days: Sequence[date]) -> str:
    """A file of three events a day, by two people."""
    rows = [
        f"{day}-{number},u{number % 2},t{number},{day}T{20 + number}:00:00Z,stopped,{1800 + number}"
        for day in days
        for number in range(3)
    ]
    return "\n".join([HEADER, *rows, ""])


def from_day(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


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
