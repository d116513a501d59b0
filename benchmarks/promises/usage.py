"""How much of the machine is in use at a stated load, and what more processes bring."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.api import World, mix
from benchmarks.calibration import LOOPBACK, calibrate
from benchmarks.events import Events, serving
from benchmarks.load import closed_loop, open_loop
from benchmarks.tables import head, row

REQUESTS, EVENTS = 500, 1_000
"""A second, of the stated load."""
EVENTS_OF_A_REQUEST = 10
INSTANCES = (1, 2, 4, 8)
EVERY = 1.0


@dataclass
class Usage:
    """Shares of the machine, in percent, second by second."""

    shares: dict[str, list[float]] = field(default_factory=dict)

    def note(self, **shares: float) -> None:
        """Note those of a second."""
        for name, share in shares.items():
            self.shares.setdefault(name, []).append(share)


@contextmanager
def watched(megabytes_a_second: float) -> Iterator[Usage]:
    """Look each second at what is in use, of the network as a share of so many megabytes."""
    usage, ended = Usage(), threading.Event()

    def watch() -> None:
        psutil.cpu_percent()
        since, busy, sent = time.perf_counter(), _busy(), psutil.net_io_counters().bytes_sent
        while not ended.wait(EVERY):
            now = time.perf_counter()
            passed, since = now - since, now
            now_busy, now_sent = _busy(), psutil.net_io_counters().bytes_sent
            usage.note(
                cpu=psutil.cpu_percent(),
                memory=psutil.virtual_memory().percent,
                disk=min(100.0, 100 * (now_busy - busy) / passed),
                network=100 * (now_sent - sent) / 1e6 / passed / megabytes_a_second,
            )
            busy, sent = now_busy, now_sent

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield usage
    finally:
        ended.set()
        watching.join()


def _busy() -> float:
    """Seconds for which the busiest disk was at work so far; 0 where the kernel is silent."""
    disks = psutil.disk_io_counters(perdisk=True)
    return max((getattr(disk, "busy_time", 0) for disk in disks.values()), default=0) / 1000


def used(url: str, world: World, events: Events, seconds: float) -> None:
    """Print what of the machine is in use while it answers and takes events in."""
    bandwidth = calibrate(0.2)[LOOPBACK].value
    posts = events.batches(EVENTS_OF_A_REQUEST)
    rate = EVENTS / EVENTS_OF_A_REQUEST
    sending = threading.Thread(target=lambda: open_loop(url, posts, 16, seconds, rate))
    with watched(bandwidth) as usage:
        sending.start()
        answered = open_loop(url, mix(url, world, 10), 64, seconds, REQUESTS)
        sending.join()
    head(
        f"in use at {REQUESTS} requests/s and {EVENTS:,} events/s, the load on the same cores",
        *("average %", "peak %"),
    )
    for name, shares in usage.shares.items():
        row(name, f"{sum(shares) / len(shares):.1f}", f"{max(shares):.1f}")
    row("requests that failed", f"{100 * answered.refused / len(answered.latencies):.3f}", "")


def scaled(port: int, seconds: float) -> None:
    """Print how many events a second one, two, four and eight API processes take in."""
    head("API processes, single events, 64 connections", "events/s", "of one process")
    first = 0.0
    for workers in INSTANCES:
        with (
            tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
            serving(Path(folder) / "home", port, workers) as (url, _),
        ):
            singles = Events(url).singles()
            closed_loop(url, singles, 64, min(1.0, seconds))
            outcome = closed_loop(url, singles, 64, seconds)
        first = first or outcome.rate
        row(f"{workers}", f"{outcome.rate:,.0f}", f"{outcome.rate / first:.2f}")
