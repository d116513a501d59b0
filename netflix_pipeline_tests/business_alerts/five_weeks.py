"""Five weeks in which each weekday is watched for as long as the one before, but the last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from netflix_pipeline.business_alerts import Rule
from netflix_pipeline.serving import Filters, Snapshot, Snapshots, publish
from netflix_pipeline_tests.support.arrivals import arrive, came
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.world import Watched, World

FIRST = date(2026, 2, 2)
DAYS = 36
LAST = FIRST + timedelta(days=DAYS - 1)
"""A Monday, as the first of them."""
A_DAY = timedelta(days=1)
FALLS = Rule("hours_viewed", Filters(country=("DE",)), "falls", 20, "day")


def watch(world: World, day: date, minutes: float, *, rows: int = 1_000, missing: int = 0) -> None:
    """A day of two viewers, one of them in Germany so many minutes; all of it came in time."""
    number = (day - FIRST).days
    plays = [
        Watched("ann", "t-dark", 8, minutes=minutes),
        Watched("bob", "t-zoo", 9, minutes=40 + number, country="FR"),
    ]
    world.watch(day, plays)
    came(world, day, {0: rows * 9 // 10, 12: rows - rows * 9 // 10})
    told = ("native-watch-events", "watch_events", 1, rows, rows - missing, 0, 0, 0, rows - missing)
    arrive(world, day, [told])


@made_once
def five_weeks(root: Path) -> World:
    """Five weeks in which somebody watches an hour each Monday; on the last one half of it."""
    world = World(root)
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        watch(world, day, 30 if day == LAST else 60 + 5 * (number % 7))
    world.describe()
    return world


class Published:
    """A world of five weeks, published as of some hours after the last day."""

    def __init__(self, root: Path) -> None:
        self.world = five_weeks(root / "lake")
        self.serving = root / "serving"

    def __call__(self, hours: float = 13) -> Snapshot:
        midnight = datetime.combine(LAST + A_DAY, datetime.min.time(), UTC)
        publish(self.world.lake, self.serving, as_of=midnight + timedelta(hours=hours))
        return Snapshots(self.serving).current()
