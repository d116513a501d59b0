"""What is told of the memory that a process needs is what its parts take, filled and measured."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.monitoring.service import SNAPSHOTS, most_memory
from netflix_pipeline.receiving.recent_identities import Recent
from netflix_pipeline.receiving.rolling_window import RollingWindow
from netflix_pipeline.serving.query import daily_sums, series_sums, viewer_bitmaps, viewer_days
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import Watch

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SMALL = Settings(known_events=30_000, live_viewers=15_000, live_titles=300)


def watch(user: str, title: str) -> Watch:
    return Watch(event_id="e", user_id=user, title_id=title, event_time=BEGIN, watch_seconds=1234.5)


def known_events() -> object:
    recent = Recent(SMALL.known_events)
    for offset in range(1, 2 * SMALL.known_events // 10):
        first = offset * 8192
        names = [hash((offset, name)) for name in range(10)]
        recent.add(names, range(first, first + len(names)))
    return recent


def live_viewers() -> object:
    view = RollingWindow(viewers=SMALL.live_viewers, titles=10)
    for number in range(0, 20_000, 100):
        users = (watch(f"somebody-{at:015d}", "t") for at in range(number, number + 100))
        view.take(BEGIN, list(users), visible_at=BEGIN)
    return view


def live_titles() -> object:
    view = RollingWindow(viewers=1, titles=SMALL.live_titles)
    for minute in range(60):
        came = BEGIN + timedelta(minutes=minute)
        titles = (watch("u", f"title-{minute}-{at:015d}") for at in range(500))
        view.take(came, list(titles), visible_at=came)
    return view


@pytest.mark.parametrize("fill", [known_events, live_viewers, live_titles])
def test_a_part_that_is_full_takes_what_is_told_of_it(fill: Callable[[], object]) -> None:
    tracemalloc.start()
    full = fill()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = most_memory(SMALL)[fill.__name__]
    assert 0.4 * told < taken < 1.1 * told, (taken, full)


def test_sums_of_a_snapshot_may_take_no_more_than_is_told_of_them() -> None:
    row = pl.DataFrame({each.name: pl.Series([1.0]) for each in (*OF_PLAYS, *OF_ENTRIES)})
    of_series = row.estimated_size() + 20  # the day, the weekday and the series
    bounds = (daily_sums.MOST_BYTES, viewer_days.MOST_BYTES, viewer_bitmaps.MOST_OF_DAYS)
    most = sum(bounds) + series_sums.MOST_ROWS * of_series
    assert 0.9 < SNAPSHOTS * most / most_memory(SMALL)["sums"] <= 1
