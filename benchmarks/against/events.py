"""Events over HTTP, one by one and many in a request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.against.case import Case, Measure
from benchmarks.against.sides import Side
from benchmarks.events import LOADS, MADE, Events
from benchmarks.load import closed_loop

SECONDS = 4.0
"""Of a load, in a round."""


@contextmanager
def _events(side: Side) -> Iterator[Measure]:
    with side.serving("api") as service:
        events = Events(service.url)

        def measure() -> Mapping[str, float]:
            found: dict[str, float] = {}
            for name, size, connections in LOADS:
                some = events.singles() if size == 1 else events.ready(size, MADE // size)
                before = service.cpu_seconds
                outcome = closed_loop(service.url, some, connections, SECONDS)
                if outcome.refused:
                    raise RuntimeError(f"{name}: statuses {outcome.statuses}")
                used = (service.cpu_seconds - before) / (size * len(outcome.latencies))
                found[f"{name}: events/s"] = outcome.rate * size
                found[f"{name}: CPU µs an event"] = 1e6 * used
            return found

        yield measure


CASES = {
    "events": Case(
        "events over HTTP, as many as one process takes",
        _events,
        goals={"batches of 500, 8 connections: events/s": "≥ 2"},
    )
}
