"""Somebody who sends events and somebody who reads, all the time, and what they were told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx

from benchmarks.events import NDJSON, event
from benchmarks.measured import command
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

PAUSE = 0.05
"""Seconds between two requests of each of them."""
AGAIN_WITHIN = 1.0
"""Seconds in which a request that was refused is repeated, once."""
PATIENCE = 5.0
EVENTS_OF_A_REQUEST = 10


@dataclass
class Told:
    """What became of the requests: reads by how they went, events that were acknowledged."""

    reads: int = 0
    answered_at_once: int = 0
    answered: int = 0
    acknowledged: set[str] = field(default_factory=set)
    refused_events: int = 0

    def share(self, answered: int) -> float:
        """Percent of the reads."""
        return 100 * answered / self.reads if self.reads else 0.0


@contextmanager
def asked(url: str, path: str = "/health", *, events: bool = True) -> Iterator[Told]:
    """Read and send from other threads until the context is left."""
    told, ended = Told(), threading.Event()
    threads = [threading.Thread(target=_read, args=(url + path, told, ended))]
    if events:
        threads.append(threading.Thread(target=_send, args=(url, told, ended)))
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _read(url: str, told: Told, ended: threading.Event) -> None:
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        while not ended.wait(PAUSE):
            begun = time.perf_counter()
            at_once = again = _answers(client, url)
            if not at_once:
                time.sleep(max(0.0, AGAIN_WITHIN - (time.perf_counter() - begun)))
                again = _answers(client, url)
            told.reads += 1
            told.answered_at_once += at_once
            told.answered += again


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False


def _send(url: str, told: Told, ended: threading.Event) -> None:
    numbers = count()
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        while not ended.wait(PAUSE):
            now = datetime.now(UTC).isoformat()
            lines = [event(next(numbers), now) for _ in range(EVENTS_OF_A_REQUEST)]
            try:
                answer = client.post(
                    f"{url}/v1/events", content=b"\n".join(lines), headers={"Content-Type": NDJSON}
                )
            except httpx.TransportError:
                told.refused_events += len(lines)
                continue
            if not answer.is_success:
                told.refused_events += len(lines)
                continue
            told.acknowledged.update(
                one["event_id"]
                for one in json.loads(answer.content)["results"]
                if one["result"] in ("stored", "duplicate")
            )


def lost(home: Path, acknowledged: set[str]) -> int:
    """How many of them are not in bronze, once all that came in is drained."""
    command(home, "drain", "--json")
    lake, table = Lake.of(Settings(home=home)), "bronze/watch_events"
    left = set(acknowledged)
    for day in lake.partitions(table):
        left -= set(lake.read(table, day, ["event_id"])["event_id"].to_list())
    return len(left)


def unaccounted(home: Path) -> int:
    """Batches of which the ledger does not add up."""
    lake = Lake.of(Settings(home=home))
    return differences(ledger(lake, manifests(lake))).height
