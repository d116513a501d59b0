"""What requests cost: alone, many at once, by `ab`, as a stream of events, as files."""

import asyncio
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import urlencode

from benchmarks.api import BR, World, about_persons, mix
from benchmarks.events import Canaries, Events
from benchmarks.load import Outcome, closed_loop, get, open_loop
from benchmarks.tables import head, row

AB = ("-q", "-n", "1000", "-c", "10")
DOWNLOAD_ROWS = 500
LOOKED_AT = 5
"""Times as long as the other cases: so long it is looked when events are visible."""


def alone(url: str, world: World, events: Events, seconds: float) -> None:
    """Print what each kind of request takes, one after the other."""
    head("requests, one after the other", "mean ms", "p50 ms", "p99 ms", "refused")
    for name, requests in (
        ("GET /health", cycle((get(f"{url}/health"),))),
        ("GET /v1/analytics, kept", cycle((get(f"{url}/v1/analytics", BR),))),
        ("GET /v1/analytics, not asked before", periods(url, world)),
        ("POST /v1/events", events.singles()),
        ("GET /v1/users/{id}", about_persons(url, cycle(world.users))),
    ):
        one = closed_loop(url, requests, 1, seconds)
        times = (one.mean, one.percentile(0.5), one.percentile(0.99))
        row(f"`{name}`", *(f"{each:.2f}" for each in times), one.refused)


def periods(url: str, world: World) -> Iterator[bytes]:
    """The headline of periods that nobody asked for before."""
    for first, last in world.periods():
        yield get(f"{url}/v1/analytics?{urlencode({'from': first, 'to': last})}")


def together(url: str, world: World, seconds: float) -> None:
    """Print what many people wait for at 500 requests a second, one in ten about a person."""
    head(
        "500 requests/s offered, from when each was due",
        "answered/s",
        "mean ms",
        "p50 ms",
        "p99 ms",
        "failed %",
    )
    for people in (100, 500):
        one = open_loop(url, mix(url, world, 10), people, seconds, 500)
        row(
            f"{people} connections",
            f"{one.rate:,.0f}",
            *(f"{each:.2f}" for each in (one.mean, one.percentile(0.5), one.percentile(0.99))),
            f"{100 * one.refused / len(one.latencies):.3f}",
        )


def by_ab(url: str) -> None:
    """Print what ApacheBench says of `/health`; nothing where it is not installed."""
    if shutil.which("ab") is None:
        print("\nno ab on the PATH (Debian: apache2-utils): not measured")
        return
    words = ["ab", *AB, f"{url}/health"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    head("`ab -n 1000 -c 10 …/health`", "requests/s", "mean ms", "p99 ms", "failed")
    row(
        "",
        _told(r"Requests per second:\s+([\d.]+)", told),
        _told(r"Time per request:\s+([\d.]+) \[ms\] \(mean\)", told),
        _told(r"\n\s+99%\s+(\d+)", told),
        _told(r"Failed requests:\s+(\d+)", told),
    )


def _told(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"ab tells nothing like {pattern}:\n{text}")
    return found[1]


def stream(url: str, events: Events, seconds: float) -> None:
    """Print how long events take until they are visible, while 5,000 come in a second.

    Looked at are some hundreds: the one that most of a hundred do not reach is not the worst.
    """
    canaries, seconds = Canaries(url), LOOKED_AT * seconds
    until = time.perf_counter() + seconds
    watching = threading.Thread(target=lambda: asyncio.run(canaries.send(until, 0.04)))
    watching.start()
    load = open_loop(url, events.batches(50), 16, seconds, 102)  # what comes last takes its time
    watching.join()
    seen = Outcome(latencies=canaries.seen, seconds=seconds)
    head(
        "5,000 events/s offered in batches of 50",
        *("events/s", "p99 ms", "visible p50 ms", "visible p99 ms", "not seen", "failed %"),
    )
    row(
        "",
        f"{50 * load.rate:,.0f}",
        f"{load.percentile(0.99):.1f}",
        f"{seen.percentile(0.5):.1f}",
        f"{seen.percentile(0.99):.1f}",
        canaries.lost,
        f"{100 * load.refused / len(load.latencies):.3f}",
    )


def downloads(url: str, world: World, seconds: float) -> None:
    """Print how fast tables come as CSV that nobody asked for before, one after the other."""
    asked = (
        {"from": first, "to": last, "limit": DOWNLOAD_ROWS, "format": "csv"}
        for first, last in world.periods()
    )
    requests = (get(f"{url}/v1/plays?{urlencode(query)}") for query in asked)
    plays = closed_loop(url, requests, 4, seconds)
    kept = closed_loop(url, cycle((get(f"{url}/v1/titles?limit=500&format=csv"),)), 4, seconds)
    head("tables as CSV, 4 connections", "MB/s", "kB each", "refused")
    for name, one in (
        (f"{DOWNLOAD_ROWS} plays of periods not asked before", plays),
        ("500 titles, kept", kept),
    ):
        each = one.received / len(one.latencies) / 1000
        row(name, f"{one.received / one.seconds / 1e6:.1f}", f"{each:.0f}", one.refused)
