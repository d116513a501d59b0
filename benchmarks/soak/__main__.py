"""Start a soak: `python -m benchmarks.soak --minutes 30`; exit code 1 where it misses a goal."""

import argparse
import asyncio
import csv
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from benchmarks.api import World
from benchmarks.events import event
from benchmarks.measured import build, command
from benchmarks.record import recorded
from benchmarks.soak.judging import SLOWER, Answered, p50, p99, slope
from benchmarks.soak.loads import EVENTS_OF_A_REQUEST, Asker, Sender, is_good, steadily
from benchmarks.soak.services import Course, Service, Watch, running
from benchmarks.tables import head, row
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings, variable

BOUNDS: dict[str, object] = {
    "known_events": 20_000,
    "live_viewers": 5_000,
    "live_titles": 100,
    "kept_megabytes": 8,
    "people_in_memory": 100_000,
    "query_megabytes": 128,
    "log_hours": 0.1,
    "service_log_megabytes": 1,
}
"""Settings that are small enough to be filled before anything is measured."""
EVENTS, REQUESTS, VIEWS = 200, 50, 8
"""Of each so many a second; views of the dashboard are requests, as the API's questions are."""
AT_ONCE = 1_000
"""Events of the hour that the live view has at first: so many come in one request."""
PUBLISHED_EVERY = 60.0
MEASURED_EVERY = 3.0
SHOWN = 5
"""Failures that are told."""
LAST_LINES = 15
"""Of each log, where requests failed with 5xx."""


@dataclass(frozen=True)
class Load:
    """How many events and requests come in a second; views of the dashboard are among these."""

    events: float
    requests: float
    views: float

    @property
    def questions(self) -> float:
        """Requests to the API."""
        return self.requests - self.views


class Soak:
    """Services under load, and what is known of it in the end."""

    def __init__(self, home: Path, load: Load, services: tuple[Service, Service]) -> None:
        self._home = home
        self._load = load
        self._services = services
        self.sender = Sender(services[0].url)
        self.runs: list[float] = []
        self.watch = Watch(home, services)
        self._world = World(home)
        self._publications = 0

    async def run(self, filling: float, seconds: float) -> dict[str, Answered]:
        """Load the services so long that all is filled, and then for as long as is measured.

        Without a pause between: memory that it sets free would come back for many minutes.
        """
        kinds = {name: Answered() for name in ("events", "questions to the API", "views")}
        ended = asyncio.Event()
        api, dashboard = self._services
        load, asker = self._load, Asker(self._world, random.Random(0))
        events, questions, views = kinds.values()
        sent, told = self.sender.requests(), self.sender.told
        async with asyncio.TaskGroup() as group:
            posts = load.events / EVENTS_OF_A_REQUEST
            group.create_task(steadily(api.url, sent, posts, ended, told, events))
            asked = asker.questions(api.url, load.questions)
            group.create_task(steadily(api.url, asked, load.questions, ended, is_good, questions))
            looked = asker.views(dashboard.url, load.views)
            group.create_task(steadily(dashboard.url, looked, load.views, ended, is_good, views))
            group.create_task(self._publish(ended))
            await asyncio.sleep(filling)
            for answered in kinds.values():
                answered.times.clear()
            group.create_task(self._measure(ended))
            await asyncio.sleep(seconds)
            ended.set()
        return kinds

    async def _publish(self, ended: asyncio.Event) -> None:
        """Drain, build and publish what came in, as Dagster's sensor of events does.

        It leaves as much time again to those who ask, as that does.
        Raises RuntimeError where that fails: what is measured then is no soak.
        """
        while not ended.is_set():
            begun = time.perf_counter()
            self._publications += 1
            for words in ("drain", "materialize"):
                await asyncio.to_thread(command, self._home, words, "--json")
            self.runs.append(time.perf_counter() - begun)
            await _pause(ended, max(PUBLISHED_EVERY - self.runs[-1], self.runs[-1]))

    async def _measure(self, ended: asyncio.Event) -> None:
        begun = time.perf_counter()
        for number in count(1):
            if await _pause(ended, begun + number * MEASURED_EVERY - time.perf_counter()):
                return
            seconds, part = time.perf_counter() - begun, self._publications
            await asyncio.to_thread(self.watch.measure, seconds, part)


async def _pause(ended: asyncio.Event, seconds: float) -> bool:
    """Wait so long; True as soon as it has ended."""
    try:
        await asyncio.wait_for(ended.wait(), max(seconds, 0.001))
    except TimeoutError:
        return False
    return True


def fill_the_hour(home: Path, load: Load) -> None:
    """Write an hour of events to the log, as if they had come in."""
    log = open_log(Settings(home=home))
    now, of_a_minute = datetime.now(UTC), round(60 * load.events)
    for minute in range(60, 0, -1):
        came = now - timedelta(minutes=minute)
        for first in range(-minute * of_a_minute, (1 - minute) * of_a_minute, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, (1 - minute) * of_a_minute))
            log.append(came, [event(number, came.isoformat()) for number in numbers]).result()
    log.close()


def lost(home: Path, acknowledged: set[str]) -> set[str]:
    """Those of which nothing is in bronze once all is drained."""
    command(home, "drain", "--json")
    lake, table = Lake.of(Settings(home=home)), "bronze/watch_events"
    left = set(acknowledged)
    for day in lake.partitions(table):
        left -= set(lake.read(table, day, ["event_id"])["event_id"].to_list())
    return left


def judge(soak: Soak, kinds: dict[str, Answered]) -> list[str]:
    """Print what was measured; the goals that were missed."""
    missed = []
    bound_of = "at most, by 95 %"
    head("of what", "mean", "% more in 10 minutes", bound_of, f"goal of {bound_of}")
    for name, course in soak.watch.courses.items():
        for measure, values in course.measured.items():
            found = slope(course.seconds, values, course.parts, course.typical)
            growth, bound = f"{100 * found.growth:+.2f}", f"{100 * found.bound:+.2f}"
            row(f"{name}, {measure}", f"{found.mean:.1f}", growth, bound, "< 1")
            if not found.is_level:
                missed.append(f"{name}: {measure} may grow by {bound} % in ten minutes")
    answers = ("answers", "failed", "p50 ms by third", "p99 ms by third", "last ÷ first")
    head("load", *answers, "goal of last ÷ first")
    for name, answered in kinds.items():
        thirds = answered.thirds()
        ninety_nine = [p99(third) for third in thirds]
        times = ninety_nine[-1] / ninety_nine[0]
        row(
            name,
            f"{len(answered.times):,}",
            len(answered.failed),
            ", ".join(f"{p50(third):.1f}" for third in thirds),
            ", ".join(f"{each:.1f}" for each in ninety_nine),
            f"{times:.2f}",
            f"≤ {SLOWER}",
        )
        if times > SLOWER:
            missed.append(f"{name}: the p99 of the last third is {times:.2f} times the first's")
        missed += [f"{name}: {failure}" for failure in answered.failed[:SHOWN]]
    head("publications", "", "seconds at first", "seconds at last")
    row("", len(soak.runs), f"{soak.runs[0]:.1f}", f"{soak.runs[-1]:.1f}")
    return missed


def tell_logs(folder: Path) -> None:
    """Print the last lines of each log: what a service said of requests that it failed."""
    for path in sorted(folder.glob("*.log")):
        print(f"\nthe last lines of {path.name}:")
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]:
            print(f"    {line}")


def write(path: Path, courses: dict[str, Course]) -> None:
    """All that was measured, for who wants to look at its course."""
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("of", "what", "seconds", "publications", "value"))
        for name, course in courses.items():
            for measure, values in course.measured.items():
                rows = zip(course.seconds, course.parts, values, strict=True)
                table.writerows((name, measure, *cells) for cells in rows)


def run(home: Path, load: Load, asked: argparse.Namespace) -> list[str]:
    """A soak in a home with published data; the goals that were missed."""
    fill_the_hour(home, load)
    os.environ |= {variable(name): str(value) for name, value in BOUNDS.items()}
    with running(home) as services:
        soak = Soak(home, load, services)
        kinds = asyncio.run(soak.run(asked.fill_minutes * 60, asked.minutes * 60))
    if asked.measurements is not None:
        write(asked.measurements, soak.watch.courses)
    missed = judge(soak, kinds)
    if any(answered.server_errors for answered in kinds.values()):
        tell_logs(home / "logs")
    gone = lost(home, soak.sender.acknowledged)
    head("events", "acknowledged", "lost")
    row("", f"{len(soak.sender.acknowledged):,}", len(gone))
    if gone:
        missed.append(f"{len(gone)} acknowledged events are nowhere, such as {min(gone)}")
    return missed


def main() -> None:
    """Run a soak in a temporary home."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="how long it is measured")
    parser.add_argument("--fill-minutes", type=float, default=5, help="the load before that")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the home to make")
    parser.add_argument("--events-a-second", type=float, default=EVENTS)
    parser.add_argument(
        "--requests-a-second",
        type=float,
        default=REQUESTS,
        help="questions to the API, and views of the dashboard",
    )
    parser.add_argument(
        "--views-a-second", type=float, default=VIEWS, help="how many of the requests are views"
    )
    parser.add_argument("--measurements", type=Path, help="a CSV file to be written with all")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-soak-") as folder,
    ):
        home = build(Path(folder), asked.events)
        load = Load(asked.events_a_second, asked.requests_a_second, asked.views_a_second)
        missed = run(home, load, asked)
    print()
    for miss in missed:
        print(f"missed: {miss}")
    print("soak:", "missed" if missed else "every goal is kept")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
