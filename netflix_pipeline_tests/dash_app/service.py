"""A small service whose days differ, so that no two numbers are equal by chance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.serving.world import TITLES, Watched, World

FIRST = date(2026, 3, 2)
DAYS = 16
LAST = FIRST + timedelta(days=DAYS - 1)


LISTS: dict[date, list[tuple[object, ...]]] = {
    FIRST: [
        ("films", "all", 1, "t-amelie", "Amélie", 4.0, 2.0, 2.0, 1),
        ("films", "all", 2, "t-night", "Night", 3.0, None, None, 1),
        ("tv", "all", 1, "t-dark", "Dark", 3.0, 3.0, 1.0, 1),
    ],
    FIRST + timedelta(days=7): [
        ("films", "all", 1, "t-zoo", "Zoo", 3.0, 2.0, 1.5, 1),
        ("films", "all", 2, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 2),
        ("films", "DE", 1, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 1),
        ("tv", "all", 1, "t-dark:S1", "Dark: Season 1", 3.0, 3.0, 1.0, 2),
    ],
    FIRST + timedelta(days=14): [
        ("tv", "all", 1, "t-dark:S1", "Dark: Season 1", 5.0, 5.0, 1.0, 3),
    ],
}
"""The Top 10 of each week: made up, and not counted from the plays."""


class Service:
    """A home with a lake that can be watched on, and published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings.lake)
        self.last = FIRST - timedelta(days=1)

    def watched_for_two_weeks(self) -> None:
        """Sixteen days with plays."""
        for _ in range(DAYS):
            self.another_day()

    def another_day(self) -> None:
        """The day after the last one, with more viewers and longer plays."""
        self.last += timedelta(days=1)
        number = (self.last - FIRST).days
        titles = list(TITLES)
        plays = [
            Watched(
                f"u{each}",
                titles[(each + number) % 3],
                hour=8 + each,
                minutes=31 + 7 * each + number,
                reached=(each % 4 + 1) / 4,
                country="DE" if each % 2 else "FR",
            )
            for each in range(3 + number % 5)
        ]
        self.world.watch(self.last, plays, peak=1 + number)

    def publish(self) -> None:
        """Publish all of it, received one day after the last play."""
        self.world.describe()
        for week, entries in LISTS.items():
            names = contract("gold/top10_weekly").names
            frame = pl.DataFrame(entries, names, orient="row", infer_schema_length=None)
            self.world.put("gold/top10_weekly", week, frame)
        as_of = datetime(self.last.year, self.last.month, self.last.day, 12, tzinfo=UTC)
        publish(self.world.lake, self.settings.serving, as_of=as_of + timedelta(days=1))
