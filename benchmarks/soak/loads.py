"""The load of a soak: events, questions to the API, views of the dashboard, at a steady pace."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import brotli

from benchmarks.api import World
from benchmarks.events import NDJSON, event
from benchmarks.load import Connection, get, post
from benchmarks.soak.judging import Answered
from dash_app.pages import PAGES
from netflix_pipeline.contracts.dimensions import SPLITS

EVENTS_OF_A_REQUEST = 10
PERIODS = ("7d", "28d", "90d", "all")
AGAIN, POPULAR = 0.6, 30
"""The share of requests that repeat one at least, and of how many newest ones."""
NEW = 17
"""Requests a second that may be new at most: the more ask, the more ask the same."""
BEHIND = 10
"""Seconds by which requests may come late at the end."""
BR = "Accept-Encoding: br\r\n"
SAID = 300
"""Bytes that are told of a failed answer."""

Told = Callable[[int, bytes], str | None]
"""What is wrong with an answer, by its status and body."""


class Sender:
    """Sends events that were never sent before, and remembers which were acknowledged."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/events"
        self._number = 0
        self.acknowledged: set[str] = set()

    def requests(self) -> Iterator[bytes]:
        """Requests of ten events."""
        while True:
            now = datetime.now(UTC).isoformat()
            numbers = range(self._number, self._number + EVENTS_OF_A_REQUEST)
            self._number = numbers.stop
            yield post(self._url, b"\n".join(event(number, now) for number in numbers), NDJSON)

    def told(self, status: int, body: bytes) -> str | None:
        """Note what was acknowledged; what is wrong with the answer."""
        if status != 200:
            return f"POST /events: {status} {readable(body)}"
        results = json.loads(body)["results"]
        self.acknowledged.update(one["event_id"] for one in results if one["result"] == "stored")
        wrong = [one for one in results if one["result"] != "stored"]
        return f"POST /events: {wrong[0]}" if wrong else None


class Asker:
    """Asks all that can be asked of a snapshot, many things again and many for the first time."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance

    def questions(self, url: str, rate: float) -> Iterator[bytes]:
        """Requests to the API, of which so many a second are sent."""
        return self._some_again(lambda: get(f"{url}{self._question()}", BR), rate)

    def views(self, url: str, rate: float) -> Iterator[bytes]:
        """Requests to the dashboard: as a browser opens a page, and as an open page asks."""
        return self._some_again(lambda: self._visit(url), rate)

    def _some_again(self, make: Callable[[], bytes], rate: float) -> Iterator[bytes]:
        """What is made, much of it several times, as people look at the same numbers."""
        newest, again = deque([make()], maxlen=POPULAR), max(AGAIN, 1 - NEW / rate)
        while True:
            if self._chance.random() >= again:
                newest.append(make())
                yield newest[-1]
            else:
                yield self._chance.choice(newest)

    def _visit(self, url: str) -> bytes:
        path, query = self._view()
        if self._chance.random() < 0.5:
            return get(f"{url}{path}{query}", f"Accept: text/html\r\n{BR}")
        asked = {"n": 1, "path": path, "query": query}
        body = {
            "output": "view.answer",
            "outputs": {"id": "view", "property": "answer"},
            "inputs": [{"id": "view", "property": "asked", "value": asked}],
            "changedPropIds": ["view.asked"],
        }
        return post(f"{url}/_dash-update-component", json.dumps(body).encode())

    def _question(self) -> str:
        chance, world = self._chance, self._world
        title, series = (chance.choice(world.values[name]) for name in ("title", "series"))
        user = chance.choice(world.users)
        dated, narrowed = self._dates(), self._dates() | self._narrowing()
        metric = {"metric": chance.choice(("hours_viewed", "plays", "viewers"))}
        path, query = chance.choice(
            (
                ("/health", {}),
                ("/ready", {}),
                ("/metrics", {}),
                ("/live", {}),
                ("/v1/analytics", {}),
                ("/v1/analytics", narrowed),
                ("/v1/analytics/timeseries", narrowed | metric),
                ("/v1/analytics/heatmap", narrowed),
                ("/v1/analytics/audience", dated),
                ("/v1/analytics/retention", dated),
                ("/v1/analytics/lifecycle", dated),
                ("/v1/analytics/segments", {}),
                ("/v1/analytics/search", dated),
                ("/v1/analytics/recommendations", dated),
                ("/v1/plays", dated | {"limit": "20"}),
                ("/v1/titles", dated | {"sort": "viewers", "limit": "20"}),
                ("/v1/titles", {"sort": "viewers"}),
                (f"/v1/titles/{title}", dated),
                (f"/v1/series/{series}", dated),
                (f"/v1/users/{user}", {}),
                (f"/v1/users/{user}/viewing", dated),
                (f"/v1/users/{user}/history", {"limit": "20"}),
                ("/v1/top10", {}),
                ("/v1/metrics-catalog", {}),
                ("/v1/quality/ledger", dated),
                ("/v1/quality/checks", {}),
                ("/v1/quality/snapshots", {}),
            )
        )
        return f"{path}?{urlencode(query)}" if query else path

    def _view(self) -> tuple[str, str]:
        page = self._chance.choice(PAGES)
        values = self._world.values
        path = page.at(
            title_id=self._chance.choice(values["title"]),
            series_id=self._chance.choice(values["series"]),
        )
        told: dict[str, str] = {}
        if "period" in page.takes:
            if self._chance.random() < 0.5:
                told["period"] = self._chance.choice(PERIODS)
            else:
                told = self._dates()
        told |= {name: value for name, value in self._narrowing().items() if name in page.takes}
        return path, "?" + urlencode(sorted(told.items()))

    def _dates(self) -> dict[str, str]:
        first, last = sorted(self._chance.choices(self._days(), k=2))
        return {"from": first.isoformat(), "to": last.isoformat()}

    def _days(self) -> list[date]:
        days = (self._world.last - self._world.first).days
        return [self._world.first + timedelta(days=day) for day in range(days + 1)]

    def _narrowing(self) -> dict[str, str]:
        name = self._chance.choice(SPLITS)
        values = self._world.values[name]
        return {name: self._chance.choice(values)} if values else {}


def is_good(status: int, body: bytes) -> str | None:
    """What is wrong with an answer to a question."""
    return None if status == 200 else f"{status} {readable(body)}"


def readable(body: bytes) -> str:
    """The beginning of what a failed answer said; questions ask for Brotli, and may get it."""
    with suppress(brotli.error):
        body = brotli.decompress(body)
    return body[:SAID].decode(errors="replace")


async def steadily(
    url: str,
    requests: Iterator[bytes],
    rate: float,
    ended: asyncio.Event,
    told: Told,
    answered: Answered,
    connections: int = 8,
) -> None:
    """So many requests a second until it has ended; times count from when a request was due."""
    due: asyncio.Queue[float | None] = asyncio.Queue()

    async def work() -> None:
        connection = Connection(url)
        await connection.open()
        while (at := await due.get()) is not None:
            request = next(requests)
            try:
                if not connection.is_open:
                    await connection.open()
                status, body = await asyncio.wait_for(connection.ask(request), 60)
            except (OSError, TimeoutError) as error:
                line = request.partition(b"\r\n")[0].decode()
                answered.failed.append(f"{line}: {type(error).__name__} {error}")
                connection.close()
                connection = Connection(url)
                continue
            answered.times.append((at, time.perf_counter() - at))
            answered.server_errors += status >= 500
            if wrong := told(status, body):
                answered.failed.append(f"{request.partition(b' HTTP')[0][:300].decode()}: {wrong}")
        connection.close()

    working = [asyncio.create_task(work()) for _ in range(connections)]
    begun, number = time.perf_counter(), 0
    while not ended.is_set():
        at = begun + number / rate
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due.put_nowait(at)
        number += 1
    behind = due.qsize()
    if behind > BEHIND * rate:
        answered.failed.append(f"{behind} requests were due and not sent: this machine is too slow")
    while not due.empty():
        due.get_nowait()
    for _ in working:
        due.put_nowait(None)
    await asyncio.gather(*working)
