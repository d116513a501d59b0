"""`make bench-ingest`: events in over HTTP, the load beside the server on the same cores."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


def resident(process: psutil.Process) -> float:
    """Megabytes of the worker: the largest process below the one that was started."""
    return max(
        (child.memory_info().rss / 2**20 for child in process.children(recursive=True)), default=0
    )


def run(folder: Path, port: int, minutes: float) -> None:
    """Run all cases and print their tables."""
    home = folder / "home"
    command(home, "generate", str(folder / "raw"), "--events", "1000000", "--days", "30", "--json")
    command(home, "ingest", str(folder / "raw"), "--json")
    command(home, "materialize", "--json")
    with serving(home, port) as (url, process):
        events = Events(url)
        _throughput(url, events)
        _latency(url, events)
        _visibility(home, url, events, process, minutes * 60)


def _report(name: str, outcome: Outcome, events: int = 1) -> None:
    row(
        name,
        f"{outcome.rate:,.0f}",
        f"{outcome.rate * events:,.0f}",
        f"{outcome.percentile(0.5):.1f}",
        f"{outcome.percentile(0.99):.1f}",
        f"{max(outcome.latencies) * 1000:.1f}",
        json.dumps(outcome.statuses),
    )


def _throughput(url: str, events: Events) -> None:
    head("load", "requests/s", "events/s", "p50 ms", "p99 ms", "max ms", "statuses")
    closed_loop(url, events.singles(), 64, 2)  # warm
    _report("single events, 64 connections", closed_loop(url, events.singles(), 64, 10))
    for size in (50, 500):
        ready = events.ready(size, 2_000_000 // size)
        outcome = closed_loop(url, ready, 8, 8)
        _report(f"batches of {size}, 8 connections", outcome, size)


def _latency(url: str, events: Events) -> None:
    _report("single events, 1 000/s", open_loop(url, events.singles(), 64, 20, 1000))


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
    load = open_loop(url, events.batches(50), 16, seconds, 100)
    ended.set()
    for thread in threads:
        thread.join()
    _report("batches of 50, 5 000 events/s, beside a backfill", load, 50)
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
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        run(Path(folder), asked.port, asked.minutes)


if __name__ == "__main__":
    main()
