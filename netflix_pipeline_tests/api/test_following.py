"""New snapshots are followed under load: no answer fails, and none is of two versions."""

import os
import threading
import time
from functools import partial
from itertools import cycle, takewhile

import httpx
import msgspec

from benchmarks.load import closed_loop, get
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days_published
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched

PUBLISHES = int(os.environ.get("FOLLOWING_PUBLISHES", "2"))
LOADED = 0.7
"""Seconds of load on a version before the next one is published."""


def test_new_snapshots_are_followed_under_load(home: Settings, start: Start) -> None:
    world = three_days_published(home.root).world
    address = start(SERVER, path="/analytics")

    def publish() -> None:
        for number in range(1, PUBLISHES + 1):
            time.sleep(LOADED)
            # Each version has as many plays more as its number says.
            world.watch(TUESDAY, [Watched(f"u-{one}", "t-zoo", 7) for one in range(number + 1)])
            world.describe()
            publish_home(home)
            until(partial(follows, address, number + 1))

    publishing = threading.Thread(target=publish)
    publishing.start()
    paths = ("/analytics", "/titles?sort=viewers", "/analytics?from=2026-03-03&to=2026-03-03")
    # Until all are published, however busy the machine is.
    requests = takewhile(
        lambda _: publishing.is_alive(), cycle([get(address + path) for path in paths])
    )
    outcome = closed_loop(address, requests, 64, 60 * PUBLISHES, keep=True)
    publishing.join()

    assert set(outcome.statuses) == {200}
    seen = set()
    for body in set(outcome.bodies):
        told = msgspec.json.decode(body)
        version = told["snapshot"]["version"]
        seen.add(version)
        plays = (
            told["data"]["plays"]
            if isinstance(told["data"], dict)
            else sum(title["plays"] for title in told["data"])
        )
        is_tuesday = bool(told["period"]) and told["period"]["from"] == told["period"]["to"]
        assert plays == (version if is_tuesday else 6 + version), told
    assert len(seen) >= PUBLISHES


def follows(address: str, version: int) -> bool:
    """Whether the service answers from a version."""
    told = httpx.get(f"{address}/health", trust_env=False, timeout=60).json()
    return bool(told["snapshot"]["version"] == version)
