"""A world of three days, as tables made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.world import Watched, World

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
FRIDAY = date(2026, 3, 6)
WEEK = timedelta(days=7)
BEFORE = MONDAY - WEEK
AS_OF = datetime(2026, 3, 7, 8, 30, tzinfo=UTC)


@made_once
def three_days(root: Path) -> World:
    """Monday, Tuesday and Friday of one week; nobody watched on the days between."""
    return _watched(World(root))


@dataclass(frozen=True)
class Published:
    """A home, and the world that is published in it."""

    settings: Settings
    world: World

    def at(self, folder: Path) -> Published:
        """The same of a copy of the home."""
        settings = Settings(home=folder)
        return Published(settings, self.world.at(settings.lake))


@made_once
def three_days_published(home: Path) -> Published:
    """A home in which the three days are published."""
    settings = Settings(home=home)
    world = three_days(settings.lake)
    publish_home(settings, as_of=AS_OF)
    return Published(settings, world)


@made_once
def three_days_and_one_long_ago(root: Path) -> World:
    """The same, and weeks before somebody tried something."""
    world = World(root)
    world.watch(MONDAY - timedelta(days=40), [Watched("ann", "t-zoo", 11, minutes=1)])
    return _watched(world)


def _watched(world: World) -> World:
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


WEEKS = [
    # week, active, new, returning, resurrected, dormant, provisional
    (BEFORE - WEEK, 10, 10, 0, 0, 0, False),
    (BEFORE, 9, 4, 5, 0, 5, False),
    (MONDAY, 8, 3, 4, 1, 5, True),
]


def rows(table: str, told: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Rows of a table, in the order of its columns."""
    return pl.DataFrame(told, schema=contract(table).schema, orient="row")


def searched(world: World, day: date, told: list[tuple[object, ...]]) -> None:
    world.put("gold/search_daily", day, rows("gold/search_daily", told))


def recommended(world: World, day: date, told: list[tuple[object, ...]]) -> None:
    world.put("gold/recommendation_daily", day, rows("gold/recommendation_daily", told))


FACTS = {
    "t-amelie": {"release_year": 2001, "language": "fr", "genre_2": "romance"},
    "t-night": {"release_year": 2024, "is_original": True, "added_on": date(2025, 1, 2)},
    "t-zoo": {"language": "en", "is_original": False, "maturity_rating": "6+"},
}
EPISODES = {"e-1": (1, 1), "e-2": (1, 2), "e-10": (2, 1)}
"""Of a series that has no row of its own: season and episode."""


def described(world: World) -> World:
    """More facts on the titles, and a series' episodes; nobody played the last one."""
    titles = world.lake.read("silver/titles")
    told = [
        row | {"entry_runtime_minutes": row["runtime_minutes"]} | FACTS.get(row["title_id"], {})
        for row in titles.to_dicts()
    ]
    told += [
        row
        | {
            "title_id": title_id,
            "title": f"Part {season}.{episode}",
            "entry_id": f"s-saga:S{season}",
            "entry_name": f"Part {season}.1",
            "content_type": "series",
            "series_id": "s-saga",
            "series_key": "s-saga",
            "season": season,
            "episode": episode,
            "list": "tv",
            "described": False,
        }
        for title_id, (season, episode) in EPISODES.items()
        for row in [dict.fromkeys(titles.columns)]
    ]
    world.put("silver/titles", None, pl.DataFrame(told, schema=titles.schema))
    profiles = world.lake.read("gold/title_profile").to_dicts()
    counts = {name: 0 for name, value in profiles[0].items() if type(value) is int}
    profiles += [
        profiles[0]
        | counts
        | {
            "title_id": title_id,
            "completion_rate": None,
            "reviews": reviews,
            "rating": rating,
            "episode_completers": completers,
            "next_episode_starters": went_on,
        }
        for title_id, reviews, rating, completers, went_on in [
            ("e-1", 1, 2.0, 4, 3),
            ("e-2", 3, 4.0, 1, 0),
        ]
    ]
    world.put("gold/title_profile", None, pl.DataFrame(profiles))
    return world


LISTS: dict[date, list[tuple[object, ...]]] = {
    BEFORE: [
        ("films", "all", 1, "t-amelie", "Amélie", 4.0, 2.0, 2.0, 4, 3, 1),
        ("films", "all", 2, "t-night", "Night", 3.0, None, None, 4, 3, 1),
        ("tv", "all", 1, "t-dark", "Dark", 3.0, 3.0, 1.0, 4, 3, 1),
    ],
    MONDAY: [
        ("films", "all", 1, "t-zoo", "Zoo", 3.0, 2.0, 1.5, 4, 3, 1),
        ("films", "all", 2, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 4, 3, 2),
        ("films", "DE", 1, "t-amelie", "Amélie", 2.0, 1.0, 2.0, 4, 3, 1),
    ],
}


def listed(world: World) -> World:
    for week, entries in LISTS.items():
        world.put("gold/top10_weekly", week, rows("gold/top10_weekly", entries))
    return world
