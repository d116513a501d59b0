"""The four classes of queries, over HTTP, each a question that nobody asked before."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from urllib.parse import urlencode

from benchmarks.api import World
from benchmarks.load import closed_loop, get
from benchmarks.tables import head, row

QUERIES = 25
"""Of each class."""
ELSEWHERE = "Asia/Kolkata"
"""Its days are no days of UTC: they are counted from every play of the period."""


def classes(url: str, world: World) -> None:
    """Print what queries of each class take, alone, one after the other."""
    print(f"\nqueries of {world.plays:,} plays of {(world.last - world.first).days + 1} days")
    head("queries", "p50 ms", "p99 ms", "refused")
    for name, requests in (
        ("simple: one person", _people(url, world)),
        ("complex: 30 days of a country, and those before", _compared(url, world)),
        ("aggregation: hours by day and country", _grouped(url, world, "hours_viewed")),
        ("aggregation: viewers by day and country", _grouped(url, world, "viewers")),
        ("full scan: hours by day of another zone", _scanned(url, world, "hours_viewed")),
        ("full scan: viewers by day of another zone", _scanned(url, world, "viewers")),
    ):
        one = closed_loop(url, islice(requests, QUERIES), 1, 120)
        row(name, f"{one.percentile(0.5):.1f}", f"{one.percentile(0.99):.1f}", one.refused)


def _people(url: str, world: World) -> Iterator[bytes]:
    # Others than those that were asked for one after the other.
    return (get(f"{url}/v1/users/{user}") for user in reversed(world.users))


def _compared(url: str, world: World) -> Iterator[bytes]:
    for number, (first, last) in enumerate(world.periods()):
        countries = world.values["country"]
        told = {"country": countries[number % len(countries)], "compare": "previous"}
        yield get(f"{url}/v1/analytics?{urlencode({'from': first, 'to': last} | told)}")


def _grouped(url: str, world: World, metric: str) -> Iterator[bytes]:
    return _of_nearly_all(url, world, {"metric": metric, "split_by": "country"})


def _scanned(url: str, world: World, metric: str) -> Iterator[bytes]:
    return _of_nearly_all(url, world, {"metric": metric, "tz": ELSEWHERE})


def _of_nearly_all(url: str, world: World, told: dict[str, str]) -> Iterator[bytes]:
    """Of all days but some at either end."""
    for number in range(QUERIES):
        dated = {
            "from": world.first + timedelta(days=number % 5),
            "to": world.last - timedelta(days=number // 5),
        }
        yield get(f"{url}/v1/analytics/timeseries?{urlencode(dated | told)}")
