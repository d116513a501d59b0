"""`make bench-ingest`: events in over HTTP, the load beside the server on the same cores.

In turns with it the floor is measured, a server that only forces to disk what it is sent
(`benchmarks/floor/ingest.py`). *Of the floor* says how many times as many requests a second that
one takes; of requests that are offered at a pace, how many times its p50 ours is.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import psutil

from benchmarks.load import Outcome, closed_loop, open_loop, post
from benchmarks.measured import command
from benchmarks.record import recorded
from benchmarks.tables import head, row

DEVICES = ("smart_tv", "mobile", "tablet", "laptop", "console")
COUNTRIES = ("DE", "US", "FR", "BR", "JP", "IN")
NDJSON = "application/x-ndjson"


def event(number: int, now: str) -> bytes:
    """One event of the plain form, about 300 bytes."""
    return (
        b'{"type":"watch","event_id":"%032x","user_id":"user-%06d","title_id":"title-%05d",'
        b'"event_time":"%s","action":"stopped","watch_seconds":%d.5,"progress":0.43,'
        b'"device":"%s","quality":"HD","country":"%s","is_download":false}'
    ) % (
        number * 0x9E3779B97F4A7C15 % 2**128,
        number * 7919 % 20_000,
        number * 104_729 % 2_000,
        now.encode(),
        number % 3000,
        DEVICES[number % 5].encode(),
        COUNTRIES[number % 6].encode(),
    )


class Events:
    """Requests with events that were never sent before."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/events"
        self._numbers = count(1)

    def singles(self) -> Iterator[bytes]:
        """Requests of one event."""
        while True:
            now = datetime.now(UTC).isoformat()
            yield post(self._url, event(next(self._numbers), now))

    def batches(self, size: int) -> Iterator[bytes]:
        """Requests of so many events."""
        while True:
            now = datetime.now(UTC).isoformat()
            lines = (event(next(self._numbers), now) for _ in range(size))
            yield post(self._url, b"\n".join(lines), NDJSON)

    def ready(self, size: int, requests: int) -> Iterator[bytes]:
        """Requests that are made beforehand, so that making them costs the server nothing."""
        batches = self.batches(size)
        return iter([next(batches) for _ in range(requests)])


@contextmanager
def serving(home: Path, port: int, workers: int = 1) -> Iterator[tuple[str, psutil.Process]]:
    """The API as its users start it: its address and its process."""
    words = [str(Path(sys.executable).with_name("netflix-pipeline")), "serve", "api"]
    environment = {
        **os.environ,
        "NETFLIX_HOME": str(home),
        "NETFLIX_API_PORT": str(port),
        "NETFLIX_API_WORKERS": str(workers),
        # The live view tells of the newest canary: only those that are waited for may come.
        "NETFLIX_CANARY_SECONDS": "0",
    }
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as running:
        try:
            for _ in range(600):
                try:
                    if httpx.get(f"{url}/live").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
            yield url, psutil.Process(running.pid)
        finally:
            running.terminate()


@contextmanager
def floor(file: Path, port: int) -> Iterator[tuple[str, psutil.Process]]:
    """A server that only forces to disk what it is sent: its address and its process."""
    words = [sys.executable, "-m", "benchmarks.floor.ingest", str(file), str(port)]
    with subprocess.Popen(words) as running:
        try:
            for _ in range(300):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", psutil.Process(running.pid)
        finally:
            running.terminate()


def cpu_seconds(process: psutil.Process) -> float:
    """What a process and all below it have used of the processors."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def resident(process: psutil.Process) -> float:
    """Megabytes of the worker: the largest process below the one that was started."""
    return max(
        (child.memory_info().rss / 2**20 for child in process.children(recursive=True)), default=0
    )


def run(folder: Path, asked: argparse.Namespace) -> None:
    """Run all cases and print their tables."""
    home, port = folder / "home", asked.port
    command(home, "generate", str(folder / "raw"), "--events", "1000000", "--days", "30", "--json")
    command(home, "ingest", str(folder / "raw"), "--json")
    command(home, "materialize", "--json")
    with (
        serving(home, port, asked.workers) as ours,
        floor(folder / "floor", port + 1) as least,
    ):
        url, process = ours
        events = Events(url)
        head(
            *("load", "requests/s", "events/s", "of the floor", "p50 ms", "p99 ms", "max ms"),
            *("CPU µs an event", "CPU of the floor", "statuses"),
        )
        closed_loop(url, events.singles(), 64, 2)  # warm
        for name, size, connections in LOADS:

            def at_once(url: str, size: int = size, connections: int = connections) -> Outcome:
                some = events.singles() if size == 1 else events.ready(size, MADE // size)
                return closed_loop(url, some, connections, SECONDS)

            pairs = _in_turns(ours, least, at_once, size, asked.rounds)
            _report(name, pairs, size, lambda one, base: base.outcome.rate / one.outcome.rate)

        def offered(url: str) -> Outcome:
            return open_loop(url, events.singles(), 64, 2 * SECONDS, 1000)

        pairs = _in_turns(ours, least, offered, 1, asked.rounds)
        _report(
            "single events, 1 000/s",
            pairs,
            1,
            lambda one, base: one.outcome.percentile(0.5) / base.outcome.percentile(0.5),
        )
        _visibility(home, url, events, process, asked.minutes * 60)


LOADS = (
    ("single events, 64 connections", 1, 64),
    ("batches of 50, 8 connections", 50, 8),
    ("batches of 500, 8 connections", 500, 8),
)
"""Each with the events of a request, and its connections."""
SECONDS = 4.0
"""Of a round."""
MADE = 1_000_000
"""Events of batches that are made for a round: more than it takes."""


@dataclass(frozen=True)
class Round:
    """What a load came to, and the CPU microseconds of the server for an event."""

    outcome: Outcome
    cpu: float


Server = tuple[str, psutil.Process]


def _in_turns(
    ours: Server, least: Server, load: Callable[[str], Outcome], size: int, rounds: int
) -> list[tuple[Round, Round]]:
    """So many rounds of both under the same load."""

    def measured(server: Server) -> Round:
        url, process = server
        before = cpu_seconds(process)
        outcome = load(url)
        used = cpu_seconds(process) - before
        return Round(outcome, 1e6 * used / (len(outcome.latencies) * size))

    return [(measured(ours), measured(least)) for _ in range(rounds)]


def _report(
    name: str,
    pairs: list[tuple[Round, Round]],
    size: int,
    times: Callable[[Round, Round], float],
) -> None:
    """A row: medians of the rounds, and of their ratios; the longest of all."""
    outcomes = [one.outcome for one, _ in pairs]
    middle = statistics.median
    rate = middle(one.rate for one in outcomes)
    statuses = sum((Counter(one.statuses) for one in outcomes), Counter[int]())
    row(
        name,
        f"{rate:,.0f}",
        f"{rate * size:,.0f}",
        f"{middle(times(one, base) for one, base in pairs):.1f}",
        f"{middle(one.percentile(0.5) for one in outcomes):.1f}",
        f"{middle(one.percentile(0.99) for one in outcomes):.1f}",
        f"{max(one.percentile(1) for one in outcomes):.1f}",
        f"{middle(one.cpu for one, _ in pairs):,.1f}",
        f"{middle(one.cpu / base.cpu for one, base in pairs):.1f}",
        json.dumps(statuses),
    )


@dataclass
class Canaries:
    """Canary events sent while a load runs: seconds from sending until they were seen."""

    url: str
    seen: list[float] = field(default_factory=list)
    lost: int = 0

    async def send(self, until: float, pause: float = 0.25) -> None:
        """Send one after the other, so many seconds apart, and look until the live view has it."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            for number in count():
                if time.perf_counter() > until:
                    return
                name = f"bench-canary-{os.getpid()}-{number}"
                begun = time.perf_counter()
                answer = await client.post(
                    "/events",
                    json={
                        "type": "watch",
                        "event_id": name,
                        "user_id": "~canary",
                        "title_id": "~canary",
                        "event_time": datetime.now(UTC).isoformat(),
                        "watch_seconds": 0,
                    },
                )
                answer.raise_for_status()
                while True:
                    told = (await client.get("/live")).json()
                    canary = told["canary"]
                    if canary and canary["event_id"] == name:
                        self.seen.append(time.perf_counter() - begun)
                        break
                    if time.perf_counter() - begun > 30:
                        self.lost += 1
                        break
                await asyncio.sleep(pause)


def _visibility(
    home: Path, url: str, events: Events, process: psutil.Process, seconds: float
) -> None:
    canaries = Canaries(url)
    sizes: list[tuple[float, float]] = []
    ended = threading.Event()
    runs: list[float] = []

    def watch() -> None:
        while not ended.wait(1):
            sizes.append((time.perf_counter(), resident(process)))

    def backfill() -> None:
        while not ended.is_set():
            runs.append(command(home, "materialize", "--all", "--json").seconds)

    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=watch),
        threading.Thread(target=backfill),
        threading.Thread(target=lambda: asyncio.run(canaries.send(until))),
    ]
    for thread in threads:
        thread.start()
    before = cpu_seconds(process)
    load = open_loop(url, events.batches(50), 16, seconds, 100)
    used = cpu_seconds(process) - before
    ended.set()
    for thread in threads:
        thread.join()
    row(
        "batches of 50, 5 000 events/s, beside a backfill",
        *(f"{load.rate:,.0f}", f"{load.rate * 50:,.0f}", ""),
        *(f"{load.percentile(share):.1f}" for share in (0.5, 0.99, 1)),
        *(f"{1e6 * used / (len(load.latencies) * 50):,.1f}", "", json.dumps(load.statuses)),
    )
    seen = Outcome(latencies=canaries.seen, seconds=seconds)
    head(
        "visible in /live after", "backfills", "canaries", "p50 ms", "p99 ms", "max ms", "not seen"
    )
    row(
        "beside backfills of 30 days",
        len(runs),
        len(canaries.seen),
        *(f"{seen.percentile(share):.0f}" for share in (0.5, 0.99, 1)),
        canaries.lost,
    )
    half = [size for _, size in sizes[len(sizes) // 2 :]]
    first = [size for _, size in sizes[: len(sizes) // 2]]
    head("memory of the worker", "MB at first", "MB at the end", "MB more an hour")
    slope = _slope(sizes) * 3600
    row("during that", f"{first[0]:.0f}", f"{half[-1]:.0f}", f"{slope:.0f}")


def _slope(points: list[tuple[float, float]]) -> float:
    """The least-squares slope."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across


def main() -> None:
    """Run the benchmark in a temporary home."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="port of the API")
    parser.add_argument("--minutes", type=float, default=1, help="length of the last case")
    parser.add_argument("--rounds", type=int, default=3, help="of each load; medians are told")
    parser.add_argument("--workers", type=int, default=1, help="processes of the API")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        run(Path(folder), asked)


if __name__ == "__main__":
    main()
