"""Many people at once: each has the page open, follows the snapshot and changes filters."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import psutil
import uvloop

from benchmarks.dashboard.changes import Chooser
from benchmarks.dashboard.goals import against
from benchmarks.events import resident
from benchmarks.load import Connection, post
from benchmarks.tables import head

BY = ("hours_viewed", "views", "viewers", "plays")
PERIODS = ("7d", "28d", "90d", "all")
COMPARED = ("previous", "year", "none")
Pauses = tuple[float, float]
"""Seconds from one change to a person's next one, at least and at most."""
READING: Pauses = 3.0, 7.0
"""Of people who look at what they asked for; 7 s is the mean think time of TPC-W, of shoppers."""
CLICKING: Pauses = 1.0, 2.0
"""Of people who click on and on: more than two cores can do, which shows what then becomes."""


@dataclass
class Seen:
    """What became of the changes."""

    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    queries: list[str] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)


class Person:
    """Somebody who changes one thing after the other."""

    def __init__(self, number: int, choose: Chooser, pauses: Pauses) -> None:
        self._pauses = pauses
        self._chance = random.Random(number)
        self._choose = Chooser(choose.first, choose.last, choose.values, self._chance)
        self._told: dict[str, str] = {}

    def pause(self) -> float:
        """Seconds until the next change."""
        return self._chance.uniform(*self._pauses)

    def query(self) -> str:
        """The address's query after the next change."""
        what = self._chance.choices(("period", "dates", "by", "compare", "list"), (4, 1, 3, 1, 3))
        told = self._told
        if what[0] == "period":
            told.pop("from", None)
            told.pop("to", None)
            told["period"] = self._chance.choice(PERIODS)
        elif what[0] == "dates":
            told.pop("period", None)
            told["from"], told["to"] = self._choose.dates()
        elif what[0] == "by":
            told["by"] = self._chance.choice(BY)
        elif what[0] == "compare":
            told["compare"] = self._chance.choice(COMPARED)
        else:
            for name in self._choose.values:
                told.pop(name, None)
            name, value = self._choose.narrowing()
            told[name] = value
        return "?" + urlencode({name: value for name, value in sorted(told.items()) if value})


def crowd(
    address: str, process: psutil.Process, choose: Chooser, people: int, seconds: float
) -> None:
    """Print what so many people at once wait for, and what the server needs for it."""
    for pauses in (READING, CLICKING):
        everybody = [Person(number, choose, pauses) for number in range(people)]
        _crowd(address, process, everybody, pauses, seconds)


def _crowd(
    address: str,
    process: psutil.Process,
    people: Sequence[Person],
    pauses: Pauses,
    seconds: float,
) -> None:
    seen = Seen()
    uvloop.run(everybody_at_once(address, process, people, seen, seconds))
    ordered = sorted(seen.latencies)
    new = len(set(seen.queries)) / len(seen.queries)
    least, most = pauses
    head(
        f"{len(people)} people, a change every {least:.0f} to {most:.0f} s, {seconds:.0f} s",
        "",
        "goal",
        "",
    )
    against("changes", len(ordered), "", None)
    wanted = 1000.0 if pauses == READING else None
    for share, goal in ((0.5, None), (0.95, wanted), (0.99, None)):
        at = ordered[min(len(ordered) - 1, int(share * len(ordered)))]
        against(f"p{100 * share:.0f} of changes", 1000 * at, "ms", goal)
    against("views that nobody had asked for before", 100 * new, "%", None)
    against("errors", seen.errors, "", 0)
    for share, when in ((0.0, "at first"), (0.5, "half way"), (1.0, "at the end")):
        _, size = seen.sizes[round(share * (len(seen.sizes) - 1))]
        against(f"memory of the server {when}", size, "MB", None)


async def everybody_at_once(
    address: str,
    process: psutil.Process,
    people: Sequence[Person],
    seen: Seen,
    seconds: float,
) -> None:
    """Have people change views for so many seconds; what became of it is told by `seen`."""
    begun = time.perf_counter()

    async def weighed() -> None:
        while True:
            seen.sizes.append((time.perf_counter() - begun, resident(process)))
            await asyncio.sleep(1)

    weighing = asyncio.create_task(weighed())
    await asyncio.gather(*(_one(address, person, seen, begun + seconds) for person in people))
    weighing.cancel()


async def _one(address: str, person: Person, seen: Seen, end: float) -> None:
    told = urlsplit(address)
    # The stream that every open page listens to; what comes is of no interest here.
    stream, sending = await asyncio.open_connection(told.hostname, told.port)
    sending.write(f"GET /live HTTP/1.1\r\nHost: {told.netloc}\r\n\r\n".encode())
    listening = asyncio.create_task(_listened(stream))
    connection = Connection(address)
    await connection.open()
    number = 0
    while True:
        await asyncio.sleep(person.pause())
        if time.perf_counter() >= end:
            break
        number += 1
        query = person.query()
        begun = time.perf_counter()
        status, body = await connection.ask(_callback(address, number, query))
        seen.latencies.append(time.perf_counter() - begun)
        seen.queries.append(query)
        seen.errors += status != 200 or not _is_view(body)
    connection.close()
    listening.cancel()
    sending.close()


async def _listened(stream: asyncio.StreamReader) -> None:
    while await stream.read(4096):
        pass


def _callback(address: str, number: int, query: str) -> bytes:
    """What Dash sends for a view."""
    asked = {"n": number, "path": "/", "query": query}
    body = {
        "output": "view.answer",
        "outputs": {"id": "view", "property": "answer"},
        "inputs": [{"id": "view", "property": "asked", "value": asked}],
        "changedPropIds": ["view.asked"],
    }
    return post(f"{address}/_dash-update-component", json.dumps(body).encode())


def _is_view(body: bytes) -> bool:
    """Whether an answer has the Overview in it, also one that says that nothing fits."""
    return b'data-title=\\"Overview' in body and b"data-address=" in body
