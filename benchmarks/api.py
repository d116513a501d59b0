"""`make bench-api`: answers over HTTP, the load beside the server on the same cores."""

import argparse
import multiprocessing
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import httpx
import msgspec
import psutil

from benchmarks.events import resident, serving
from benchmarks.load import Outcome, closed_loop, get, open_loop
from benchmarks.measured import build
from benchmarks.record import recorded
from benchmarks.tables import head, row
from netflix_pipeline.contracts.dimensions import OF_PLAYS, SPLITS
from netflix_pipeline.lake import Lake
from netflix_pipeline.serving import publish
from netflix_pipeline.serving.query import levels
from netflix_pipeline.settings import Settings

BR = "Accept-Encoding: br\r\n"
FLOOR = "floor: a bare FastAPI route"


LEVEL = f"SELECT DISTINCT {{own}} AS id FROM {levels.TITLES} WHERE name <> '' ORDER BY id"
"""The ids of a level of titles."""


SERIES = "SELECT DISTINCT series_key FROM titles WHERE series_key <> title_id ORDER BY 1"
"""Series with episodes."""


class World:
    """What can be asked of a home's snapshot, in an order that chance decides once."""

    def __init__(self, home: Path) -> None:
        path = (home / "serving" / "current.duckdb").resolve()
        with duckdb.connect(str(path), read_only=True) as snapshot:
            told = snapshot.execute("SELECT data_from, data_to FROM snapshot_info").fetchone()
            assert told is not None
            self.first, self.last = told
            self.plays = snapshot.execute("SELECT count(*) FROM coded.plays").fetchall()[0][0]
            self.users = self._names(snapshot, "user_id")
            levelled = {level: LEVEL.format(own=own) for level, own in levels.IDS.items()}
            self.values = {name: self._names(snapshot, name) for name in OF_PLAYS} | {
                level: [str(own) for (own,) in snapshot.execute(query).fetchall()]
                for level, query in (levelled | {"series": SERIES}).items()
            }
        chance = random.Random(0)
        chance.shuffle(self.users)

    def _names(self, snapshot: duckdb.DuckDBPyConnection, column: str) -> list[str]:
        found = snapshot.execute(f"SELECT name FROM codes.{column} ORDER BY code").fetchall()
        return [str(name) for (name,) in found if name]

    def periods(self, days: int = 30) -> Iterator[tuple[date, date]]:
        """Every period of so many days within the data, and then longer ones: none twice."""
        for length in range(days, days + 8):
            end = self.last
            while end - timedelta(days=length - 1) >= self.first:
                yield end - timedelta(days=length - 1), end
                end -= timedelta(days=1)


@contextmanager
def bare(port: int) -> Iterator[str]:
    """A bare FastAPI route on the server that the API runs on."""
    words = ["-m", "granian", "--interface", "asgi", "--no-log", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, *words, "benchmarks.bare:app"]) as running:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{url}/bare", trust_env=False)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield f"{url}/bare"
        finally:
            running.terminate()


def run(home: Path, asked: argparse.Namespace) -> None:
    """Run all cases and print their tables."""
    world = World(home)
    print(f"{world.plays:,} plays from {world.first} to {world.last}, {len(world.users):,} users")
    with bare(asked.port + 1) as ceiling, serving(home, asked.port) as (url, process):
        _ceiling(ceiling, url, asked.rounds, asked.seconds)
        _uncached(ceiling, url, world)
        _users(ceiling, url, world, asked.seconds)
        _offered(ceiling, url, world, asked.seconds * 2)
        _publishes(home, url, asked.publishes, asked.publish_seconds)
        head("the process of the API afterwards", "MB")
        row("memory", f"{resident(process):.0f}")
        if asked.soak_seconds:
            _soak(url, world, process, asked.soak_seconds)


def _ceiling(ceiling: str, url: str, rounds: int, seconds: float) -> None:
    cases = {
        "a bare FastAPI route": get(ceiling),
        "`/health`": get(f"{url}/health"),
        "`/v1/analytics`, kept": get(f"{url}/v1/analytics"),
        "`/v1/analytics`, kept, br": get(f"{url}/v1/analytics", BR),
        "`/analytics`, its old address, kept": get(f"{url}/analytics"),
    }
    found: dict[str, list[Outcome]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, request in cases.items():
            at = ceiling if "bare" in name else url
            found[name].append(closed_loop(at, cycle((request,)), 64, seconds))
    head("64 connections, medians of rounds in turn", "requests/s", "of bare", "p99 ms", "refused")
    bare_rates = [outcome.rate for outcome in found["a bare FastAPI route"]]
    for name, outcomes in found.items():
        shares = [one.rate / base for one, base in zip(outcomes, bare_rates, strict=True)]
        row(
            name,
            f"{statistics.median(one.rate for one in outcomes):,.0f}",
            f"{100 * statistics.median(shares):.0f} %",
            f"{statistics.median(one.percentile(0.99) for one in outcomes):.1f}",
            sum(one.refused for one in outcomes),
        )


def _uncached(ceiling: str, url: str, world: World) -> None:
    told = "`/v1/analytics` over 30 days or some more, not kept, alone"
    head(told, "p50 ms", "of the floor", "p99 ms", "refused")
    least = closed_loop(ceiling, cycle((get(ceiling),)), 1, 2)
    _times(FLOOR, least, least)
    for name in (None, *SPLITS):
        values = world.values[name][:7] if name else [""]
        requests = []
        for number, (first, last) in enumerate(world.periods()):
            query = {"from": str(first), "to": str(last)}
            if name:
                query[name] = values[number % len(values)]
            requests.append(get(f"{url}/v1/analytics?{urlencode(query)}"))
        outcome = closed_loop(url, iter(requests[:60]), 1, 120)
        _times(f"by {name}" if name else "no filter", outcome, least)


def _times(name: str, one: Outcome, least: Outcome) -> None:
    """A row: what requests took, and how many times what the bare route did under the same load."""
    p50 = one.percentile(0.5)
    row(
        name,
        *(f"{p50:.1f}", f"{p50 / least.percentile(0.5):.1f}"),
        *(f"{one.percentile(0.99):.1f}", one.refused),
    )


def _users(ceiling: str, url: str, world: World, seconds: float) -> None:
    people = iter(world.users)
    told = "`/v1/users/{id}`, each person once"
    outcomes = []
    for name, connections, some in (
        ("alone", 1, islice(people, 1000)),
        ("64 connections", 64, people),
    ):
        one = closed_loop(url, about_persons(url, some), connections, seconds)
        least = closed_loop(ceiling, cycle((get(ceiling),)), connections, seconds)
        outcomes.append((name, one, least))
    head(told, "requests/s", "of the floor", "p50 ms", "p99 ms", "refused")
    for name, one, least in outcomes:
        row(
            name,
            *(f"{one.rate:,.0f}", f"{least.rate / one.rate:.1f}"),
            *(f"{one.percentile(0.5):.1f}", f"{one.percentile(0.99):.1f}", one.refused),
        )


def about_persons(url: str, people: Iterator[str]) -> Iterator[bytes]:
    """Each person once."""
    return (get(f"{url}/v1/users/{person}") for person in people)


def mix(url: str, world: World, persons: int) -> Iterator[bytes]:
    """Questions that are asked again and again; one in so many about a person, 0 for none."""
    common = cycle(
        [
            get(f"{url}{path}", BR)
            for path in (
                *("/v1/analytics", "/v1/titles?sort=viewers", "/v1/titles?limit=20"),
                "/health",
            )
        ]
    )
    people = cycle(world.users)
    number = 0
    while True:
        number += 1
        if persons and number % persons == 0:
            yield get(f"{url}/v1/users/{next(people)}")
        else:
            yield next(common)


def _offered(ceiling: str, url: str, world: World, seconds: float) -> None:
    closed_loop(url, islice(mix(url, world, 0), 8), 1, 120)  # each is kept from then on
    head(
        "500 connections, 2,000 requests/s offered",
        *("answered/s", "p50 ms", "of the floor", "p99 ms", "refused"),
    )
    bare_route = open_loop(ceiling, cycle((get(ceiling),)), 500, seconds, 2000)
    outcomes = {FLOOR: bare_route} | {
        name: open_loop(url, mix(url, world, persons), 500, seconds, 2000)
        for name, persons in (("kept answers", 0), ("one in ten a person", 10))
    }
    for name, one in outcomes.items():
        p50 = one.percentile(0.5)
        row(
            name,
            *(f"{one.rate:,.0f}", f"{p50:.1f}", f"{p50 / bare_route.percentile(0.5):.1f}"),
            *(f"{one.percentile(0.99):.1f}", one.refused),
        )


def _publish(home: Path, count: int, seconds: float) -> None:
    """Publish so many versions within that time, as another process does."""
    settings = Settings(home=home)
    for _ in range(count):
        begun = time.monotonic()
        publish(Lake.of(settings), settings.serving, as_of=datetime.now(UTC))
        time.sleep(max(0, seconds / count - (time.monotonic() - begun)))


def _publishes(home: Path, url: str, count: int, seconds: float) -> None:
    """Answers of one question and one version are the same bytes, and versions only grow."""
    if not count or not (home / "lake").exists():
        return
    paths = ("/v1/analytics", "/v1/titles?sort=viewers")
    publisher = multiprocessing.get_context("spawn").Process(
        target=_publish, args=(home, count, seconds)
    )
    publisher.start()
    requests = cycle([get(f"{url}{path}") for path in paths])
    outcome = closed_loop(url, requests, 64, seconds + 2, keep=True)
    publisher.join()
    answers: dict[tuple[int, bool], set[bytes]] = {}
    for body in set(outcome.bodies):
        told = msgspec.json.decode(body)
        key = told["snapshot"]["version"], isinstance(told["data"], list)
        answers.setdefault(key, set()).add(body)
    mixed = sum(len(bodies) - 1 for bodies in answers.values())
    head(
        f"{count} publishes during {seconds:.0f} s, 64 connections",
        "requests/s",
        "p99 ms",
        "longest ms",
        "versions seen",
        "refused",
        "mixed",
    )
    row(
        "",
        f"{outcome.rate:,.0f}",
        f"{outcome.percentile(0.99):.1f}",
        f"{outcome.percentile(1):.0f}",
        len({version for version, _ in answers}),
        outcome.refused,
        mixed,
    )


def _soak(url: str, world: World, process: psutil.Process, seconds: float) -> None:
    sizes: list[tuple[float, float]] = []
    ended = threading.Event()

    def watch() -> None:
        begun = time.monotonic()
        while not ended.wait(1):
            sizes.append((time.monotonic() - begun, resident(process)))

    watching = threading.Thread(target=watch)
    watching.start()
    outcome = open_loop(url, mix(url, world, 4), 64, seconds, 500)
    ended.set()
    watching.join()
    head(f"memory over {seconds:.0f} s at 500 requests/s", "MB", "refused")
    for share in (0.1, 0.25, 0.5, 0.75, 1):
        _, size = sizes[min(len(sizes) - 1, int(share * len(sizes)))]
        row(f"after {share:.0%} of the time", f"{size:.0f}", outcome.refused)


def main() -> None:
    """Run the benchmark, in a home that is given or is made for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument(
        "--home", type=Path, help="a home with published data; it gets new versions"
    )
    parser.add_argument("--events", type=int, default=10_000_000, help="events of a home to make")
    parser.add_argument("--port", type=int, default=8775, help="port of the API; the next one too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="length of a round")
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--publish-seconds", type=float, default=60)
    parser.add_argument("--soak-seconds", type=float, default=0)
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        run(asked.home or build(Path(folder), asked.events), asked)


if __name__ == "__main__":
    main()
