"""Answers of the API that nobody asked for before, and many connections at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from urllib.parse import quote, urlencode

from benchmarks.against.case import Case, Measure
from benchmarks.against.sides import Service, Side
from benchmarks.api import World, about_persons, mix
from benchmarks.load import Outcome, closed_loop, get, open_loop
from netflix_pipeline.contracts.dimensions import SPLITS

REQUESTS = 30
"""Of a kind, in a round."""
PEOPLE = 700
"""Persons of a round, of those of whom nobody asked before."""
SECONDS = 10.0
"""Of a run, where a rate is offered."""
RATE, CONNECTIONS, RUNS = 2_000, 500, 2
"""Requests a second that are offered, over how many connections; runs of a round."""
NO_FILTER = "no filter"
LONGEST = 120.0


def _measured(service: Service, name: str, work: Callable[[], Outcome]) -> tuple[Outcome, float]:
    """What some requests came to, and the CPU milliseconds of one in all processes."""
    before = service.cpu_seconds
    outcome = work()
    if outcome.refused:
        raise RuntimeError(f"{name}: statuses {outcome.statuses}")
    return outcome, 1000 * (service.cpu_seconds - before) / len(outcome.latencies)


def _alone(service: Service, name: str, requests: Iterator[bytes]) -> Mapping[str, float]:
    """Some requests one after the other."""
    some = islice(requests, REQUESTS)
    outcome, used = _measured(service, name, lambda: closed_loop(service.url, some, 1, LONGEST))
    return {f"{name}: p50 ms": outcome.percentile(0.5), f"{name}: CPU ms": used}


def _glances(url: str, world: World, name: str | None) -> Iterator[bytes]:
    """Periods that nobody asked for before, without a filter or by one."""
    values = world.values[name][:7] if name else [""]
    for number, (first, last) in enumerate(world.periods()):
        query = {"from": str(first), "to": str(last)}
        if name:
            query[name] = values[number % len(values)]
        yield get(f"{url}/v1/analytics?{urlencode(query)}")


@contextmanager
def _analytics(side: Side) -> Iterator[Measure]:
    world = World(side.home)
    with side.serving("api") as service:
        asked = {
            f"by {name}" if name else NO_FILTER: _glances(service.url, world, name)
            for name in (None, *SPLITS)
        }

        def measure() -> Mapping[str, float]:
            rounds = [_alone(service, name, requests) for name, requests in asked.items()]
            return {name: value for one in rounds for name, value in one.items()}

        yield measure


@contextmanager
def _users(side: Side) -> Iterator[Measure]:
    people = iter(World(side.home).users)
    with side.serving("api") as service:

        def measure() -> Mapping[str, float]:
            alone = _alone(service, "alone", about_persons(service.url, people))
            some = islice(people, PEOPLE)
            together, used = _measured(
                service,
                "64 connections",
                lambda: closed_loop(service.url, about_persons(service.url, some), 64, LONGEST),
            )
            return {
                **alone,
                "64 connections: requests/s": together.rate,
                "64 connections: CPU ms": used,
            }

        yield measure


@contextmanager
def _titles(side: Side) -> Iterator[Measure]:
    titles = World(side.home).values["title"]
    with side.serving("api") as service:
        requests = (get(f"{service.url}/v1/titles/{quote(title, safe='')}") for title in titles)
        yield lambda: _alone(service, "28 days", requests)


@contextmanager
def _connections(side: Side) -> Iterator[Measure]:
    world = World(side.home)
    with side.serving("api") as service:

        def measure() -> Mapping[str, float]:
            # What is kept is measured: each is asked for once before.
            closed_loop(service.url, islice(mix(service.url, world, 0), 8), 1, LONGEST)
            runs = [
                _measured(
                    service,
                    "kept answers",
                    lambda: open_loop(
                        service.url, mix(service.url, world, 0), CONNECTIONS, SECONDS, RATE
                    ),
                )
                for _ in range(RUNS)
            ]
            return {
                "p50 ms": max(outcome.percentile(0.5) for outcome, _ in runs),
                "p99 ms": max(outcome.percentile(0.99) for outcome, _ in runs),
                "longest ms": max(outcome.percentile(1) for outcome, _ in runs),
                "CPU ms": max(used for _, used in runs),
            }

        yield measure


CASES = {
    "analytics": Case(
        "`/v1/analytics` of 30 days or some more, not kept, alone",
        _analytics,
        goals={f"{NO_FILTER}: p50 ms": "≤ 0.55"}
        | {f"by {name}: p50 ms": "≤ 0.9" for name in SPLITS},
        # By any filter it is compared with what it took without one.
        beside={f"by {name}: p50 ms": f"{NO_FILTER}: p50 ms" for name in SPLITS},
    ),
    "users": Case(
        "`/v1/users/{id}`, each person once",
        _users,
        goals={"64 connections: requests/s": "≥ 1.7"},
    ),
    "titles": Case("`/v1/titles/{id}`, each title once, alone", _titles),
    "connections": Case(
        f"{CONNECTIONS} connections, {RATE:,} requests/s offered, kept answers",
        _connections,
        limits={"p99 ms": "< 250"},
    ),
}
