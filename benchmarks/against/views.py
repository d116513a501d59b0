"""Views of the dashboard that nobody asked for before, in a browser, and many people at once."""

import atexit
import shutil
import statistics
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import count

import uvloop
from playwright.sync_api import Browser, sync_playwright

from benchmarks.against.case import Case, Measure
from benchmarks.against.sides import Service, Side
from benchmarks.dashboard.changes import Chooser, chooser
from benchmarks.dashboard.crowd import READING, Person, Seen, everybody_at_once
from benchmarks.dashboard.views import LABELS, opened, visitor
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES

VIEWS = 5
"""First views in a round."""
PEOPLE, SECONDS = 50, 20.0
"""People at once, and how long they stay in a round."""


@cache
def _browser() -> Browser:
    """The browser that looks at both sides."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        raise RuntimeError("no Chromium on the PATH: scripts/test-tools installs it")
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)


@contextmanager
def _first_views(side: Side) -> Iterator[Measure]:
    with side.serving("dashboard") as service:
        choose = chooser(_browser(), service.url)
        yield lambda: _opened(service, choose)


def _opened(service: Service, choose: Chooser) -> Mapping[str, float]:
    """Views of new browsers, each of another period."""
    before, views = service.cpu_seconds, []
    for _ in range(VIEWS):
        with visitor(_browser()) as context:
            views.append(opened(context, f"{service.url}/{choose.query()}"))
    told = {
        f"{label}: ms": statistics.median(view[mark] for view in views)
        for mark, label in LABELS.items()
    }
    return told | {"server: CPU ms a view": 1000 * (service.cpu_seconds - before) / VIEWS}


@contextmanager
def _crowd(side: Side) -> Iterator[Measure]:
    numbers = count()
    with side.serving("dashboard") as service:
        choose = chooser(_browser(), service.url)

        def measure() -> Mapping[str, float]:
            # Nobody comes twice: what they ask for would be kept.
            people = [Person(next(numbers), choose, READING) for _ in range(PEOPLE)]
            before, seen = service.cpu_seconds, Seen()
            asked = everybody_at_once(service.url, service.process, people, seen, SECONDS)
            with ThreadPoolExecutor(1) as apart:  # the browser has a loop in this thread
                apart.submit(uvloop.run, asked).result()
            if seen.errors:
                raise RuntimeError(f"{seen.errors} of {len(seen.latencies)} changes failed")
            ordered = sorted(seen.latencies)
            return {
                "p50 ms": 1000 * ordered[len(ordered) // 2],
                "p95 ms": 1000 * ordered[int(0.95 * len(ordered))],
                "CPU ms a change": 1000 * (service.cpu_seconds - before) / len(ordered),
            }

        yield measure


CASES = {
    "views": Case(
        "first view of the Overview of a period that nobody asked for, nothing kept by the browser",
        _first_views,
        goals={f"{LABELS['numbers']}: ms": "≤ 0.68"},
    ),
    "crowd": Case(
        f"{PEOPLE} people, a change every {READING[0]:.0f} to {READING[1]:.0f} s",
        _crowd,
        goals={"p95 ms": "≤ 0.65"},
    ),
}
