"""A small service whose days differ, so that no two numbers are equal by chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import publish
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms.gold_weekly import (
    cohort_counts,
    lifecycle_counts,
    lifecycle_weekly,
    retention_weekly,
    user_weeks,
)
from netflix_pipeline.transforms.profiles import user_profile
from netflix_pipeline_tests.support.arrivals import arrive, came, quarantine
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.interactions import Recommended, Searched, recommend, search
from netflix_pipeline_tests.support.world import EPISODES, TITLES, Watched, World

FIRST = date(2026, 3, 2)
DAYS = 16
LAST = FIRST + timedelta(days=DAYS - 1)


LATE = 5
"""The number of the day of which rows came after it was settled."""

LISTS: dict[date, list[tuple[object, ...]]] = {
    FIRST: [
        ("films", "all", 1, "t-amelie", "Amélie", 4.0, 2.0, 2.0, 4, 3, 1),
        ("films", "all", 2, "t-night", "Night", 3.0, None, None, 4, 3, 1),
        ("tv", "all", 1, "t-dark", "Dark", 3.0, 3.0, 1.0, 4, 3, 1),
    ],
    FIRST + timedelta(days=7): [
        ("films", "all", 1, "t-zoo", "Zoo", 3.0, 2.0, 1.5, 4, 3, 1),
        ("films", "all", 2, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 4, 3, 2),
        ("films", "DE", 1, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 4, 3, 1),
        ("tv", "all", 1, "t-dark:S1", "Dark: Season 1", 3.0, 3.0, 1.0, 4, 3, 2),
    ],
    FIRST + timedelta(days=14): [
        ("tv", "all", 1, "t-dark:S1", "Dark: Season 1", 5.0, 5.0, 1.0, 4, 3, 3),
    ],
}
"""The Top 10 of each week: made up, and not counted from the plays."""

WEEKS_OF = {
    "stays": (0, 1, 2, 3, 4, 5),
    "leaves": (0, 1),
    "pauses": (0, 2, 3, 5),
    "later": (1, 2, 4),
    "once": (2,),
    "newer": (3, 4, 5),
    "newest": (4,),
}
"""In which weeks people watch."""


def _searches(number: int) -> Iterator[Searched]:
    """The searches of a day: for two terms of many people, and for some of one person each."""
    count = 10 + number
    for each in range(count):
        clicked = 1 if each < 4 + number % 5 else None
        yield Searched(f"seeker-{each}", "Dark", 5 if each < count - 2 else 0, clicked)
    for each in range(20):
        query = "<b>Nihgt</b>" if each < 12 else f"rare {each}"
        clicked = 2 if each < number else None
        yield Searched(f"seeker-{each}", query, 5 if each < 19 else 0, clicked, "FR", "smart_tv")
    yield Searched("seeker-0", None, 0, None, "FR", "mobile")


def _recommendations(number: int) -> Iterator[Recommended]:
    """The recommendations of a day: of two algorithms."""
    titles = list(TITLES)
    for count, clicked, algorithm, device in (
        (30 + number, 3 + number % 4, "similar_taste", "mobile"),
        (25, number, "<b>new</b>", "smart_tv"),
    ):
        for each in range(count):
            what = titles[each % len(titles)]
            yield Recommended(f"seeker-{each}", what, each < clicked, algorithm, device)


class Service:
    """A home with a lake that can be watched on, and published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings.lake)
        self.last = FIRST - timedelta(days=1)

    def at(self, folder: Path) -> Service:
        """The same of a copy of the home."""
        # A copy of the settings would keep the place that they have worked out.
        settings = Settings(**self.settings.model_dump() | {"home": folder})
        service = Service(settings)
        service.world, service.last = self.world.at(settings.lake), self.last
        return service

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
        if number < len(EPISODES):  # of those who begin a series some go on
            plays += [
                Watched(
                    f"v{each}",
                    list(EPISODES)[number],
                    hour=17 + each / 2,
                    reached=0.95,
                    country="DE" if each % 2 else "FR",
                )
                for each in range(6 - 2 * number)
            ]
        self.world.watch(self.last, plays, peak=1 + number)
        self._discover(number)

    def _discover(self, number: int) -> None:
        """Searches and recommendations of a day; on the third day there are none."""
        if number == 2:
            return
        search(self.world, self.last, _searches(number))
        recommend(self.world, self.last, _recommendations(number))
        self._arrived(number)

    def publish(self) -> None:
        """Publish all of it, received one day after the last play."""
        self.world.describe()
        self._people()
        for week, entries in LISTS.items():
            names = contract("gold/top10_weekly").names
            frame = pl.DataFrame(entries, names, orient="row", infer_schema_length=None)
            self.world.put("gold/top10_weekly", week, frame)
        as_of = datetime(self.last.year, self.last.month, self.last.day, 12, tzinfo=UTC)
        publish(self.world.lake, self.settings.serving, as_of=as_of + timedelta(days=1))

    def came_and_went(self) -> None:
        """Six weeks, the last not over: people come anew, pause, come back and stay away."""
        for number in range(6 * 7 - 2):
            self.last += timedelta(days=1)
            plays = [
                Watched(f"u-{name}", "t-dark", hour=9 + at, minutes=40 + 60 * at, reached=at / 6)
                for at, (name, weeks) in enumerate(WEEKS_OF.items())
                if number // 7 in weeks and (number + at) % 3 == 0
            ]
            if plays:
                self.world.watch(self.last, plays)

    def _arrived(self, number: int) -> None:
        """Rows from two sources; few enough could not be taken that no day is marked for it."""
        received = 1_000 + 10 * number
        arrive(
            self.world,
            self.last,
            [
                ("native-watch-events", "watch_events", 2, received, received - 8, 5, 2, 1, 900),
                ("http", "search_events", 1, 300 + number, 298 + number, 0, 2, 0, 0),
            ],
        )
        late = {48: 1} if number == LATE else {}
        bulk = 5 if number < LATE else 0
        came(self.world, self.last, {0: 870 + 10 * number, 3: 20, 12: 10} | late, bulk)
        reasons = [["missing_user_id"], ["watch_too_long", "missing_user_id"]]
        rows = [{"line": 10 * number + at, "reasons": why} for at, why in enumerate(reasons, 1)]
        searched = {"table": "search_events", "source": "http", "path": "POST /events"}
        unread = {"reasons": ["unparsable_row"], "raw": "{<b>"}
        rows += [searched | unread | {"line": at} for at in (1, 2)]
        quarantine(self.world, self.last, rows)

    def _people(self) -> None:
        """What follows from the plays for people: weeks, cohorts, profiles."""
        if not self.world.days:
            return
        days = pl.concat(
            frame.with_columns(
                starters=pl.col("starter").cast(pl.Int64),
                watchers=pl.col("watcher").cast(pl.Int64),
                completers=pl.col("completer").cast(pl.Int64),
                plays=pl.lit(1, pl.Int64),
                plays_without_duration=pl.col("watch_seconds").is_null().cast(pl.Int64),
                starters_without_reach=(pl.col("starter") & pl.col("reached").is_null()).cast(
                    pl.Int64
                ),
                watch_seconds=pl.col("watch_seconds").fill_null(0),
                day=pl.lit(day),
            )
            for day, frame in sorted(self.world.days.items())
        )
        weeks = user_weeks(days)
        self.world.put("gold/user_profile", None, user_profile(days, self.last))
        counts, cohorts = lifecycle_counts(weeks), cohort_counts(weeks, self.last)
        self.world.put("gold/retention_weekly", None, retention_weekly([cohorts], self.last))
        self.world.put("gold/lifecycle_weekly", None, lifecycle_weekly([counts], self.last))


@made_once
def two_weeks(home: Path) -> Service:
    """A home in which sixteen days are published."""
    service = Service(Settings(home=home))
    service.watched_for_two_weeks()
    service.publish()
    return service


@made_once
def six_weeks(home: Path) -> Service:
    """A home in which people come and go, published."""
    service = Service(Settings(home=home))
    service.came_and_went()
    service.publish()
    return service
