"""New snapshots are followed under load: no answer fails, and none is of two versions."""

from __future__ import annotations

import os
import threading
import time
from itertools import cycle, takewhile

import httpx
import msgspec

from benchmarks.load import closed_loop, get
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days
from netflix_pipeline_tests.support.world import Watched

SECONDS = float(os.environ.get("FOLLOWING_SECONDS", "6"))
"""Set it to 60 for twenty publishes."""
PUBLISHES = int(SECONDS / 3)


def test_new_snapshots_are_followed_under_load(home: Settings, start: Start) -> None:
    world = three_days(home.lake)
    publish_home(home)
    address = start(SERVER, path="/analytics")

    def publish() -> None:
        for number in range(1, PUBLISHES + 1):
            time.sleep(SECONDS / (PUBLISHES + 1))
            # Each version has as many plays more as its number says.
            world.watch(TUESDAY, [Watched(f"u-{one}", "t-zoo", 7) for one in range(number + 1)])
            world.describe()
            publish_home(home)

    publishing = threading.Thread(target=publish)
    publishing.start()
    paths = ("/analytics", "/titles?sort=viewers", "/analytics?from=2026-03-03&to=2026-03-03")
    # Until all are published, however busy the machine is.
    requests = takewhile(
        lambda _: publishing.is_alive(), cycle([get(address + path) for path in paths])
    )
    outcome = closed_loop(address, requests, 64, 10 * SECONDS, keep=True)
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
    last = 1 + PUBLISHES
    for _ in range(100):
        if httpx.get(f"{address}/health", trust_env=False).json()["snapshot"]["version"] == last:
            return
        time.sleep(0.05)
    raise AssertionError(f"version {last} was not followed")
