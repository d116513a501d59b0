"""The numbers of the API: what it was asked, how long that took, what it holds just now.

Labels are names out of our own code, never what a client sent: their number is bounded, and no
person is in them.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    exposition,
    values,
)
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from netflix_pipeline import background
from netflix_pipeline.monitoring.machine import tell_machine
from netflix_pipeline.monitoring.numbers import Named, Numbers
from netflix_pipeline.settings import Settings

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset(("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"))

# Measured; a test measures again.
PROGRAM = 200 * 2**20
"""The program itself, its threads, and what one request needs."""
KNOWN_EVENT = 33
"""Bytes for each identity of the setting: there is room for twice as many."""
VIEWER = 160
TITLE = 220
"""Bytes of a title in each of 60 minutes, its part of the sum of all minutes included."""
PERSON = 280
SUMS = 152 * 2**20
"""Sums by day, by a dimension or two, by series and by quarter; who watched on each day."""
SNAPSHOTS = 2
"""A new snapshot is made ready beside the one that is asked."""


class ServiceMetrics:
    """Counts in this process; read by `exposed`.

    Where several processes count into the files of a folder, as prometheus_client does when its
    environment says so, whichever is asked tells the sum of all.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = CollectorRegistry()
        self.numbers = Numbers()
        self.tell = self.numbers.tell
        self._requests = Counter(
            "netflix_http_requests",
            "Requests by method, route and class of status",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._latency = Histogram(
            "netflix_http_request_seconds",
            "Time until an answer begins, by route",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        answers = Counter(
            "netflix_cache_answers",
            "Answers by where they came from: kept here, shared by replicas, or computed",
            ("source",),
            registry=self._registry,
        )
        self.kept, self.shared, self.computed = map(answers.labels, ("kept", "shared", "computed"))
        self.query_seconds = Histogram(
            "netflix_query_seconds",
            "Time from a question's turn in the queue to the end of its queries",
            buckets=SECONDS,
            registry=self._registry,
        )
        events = Counter(
            "netflix_events",
            "Events received, by what became of them",
            ("result",),
            registry=self._registry,
        )
        results = ("stored", "duplicate", "quarantined", "rejected")
        self._results = {result: events.labels(result) for result in results}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered; `seconds` until the answer began."""
        key = (method if method in METHODS else "other", route, status // 100)
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = (
                self._requests.labels(key[0], route, f"{status // 100}xx"),
                self._latency.labels(route),
            )
        count, latency = children
        count.inc()
        latency.observe(seconds)

    def events(self, counts: dict[str, int]) -> None:
        """Events of a request came to this."""
        for result, events in counts.items():
            if events:
                self._results[result].inc(events)

    def exposed(self, accept: str, names: frozenset[str] | None = None) -> tuple[bytes, str]:
        """All numbers as text, or those of some names, and its media type, as a scraper accepts it.

        A name is that of a metric, or of a series of it, such as a histogram's `_count`.
        """
        registry = _of_process("netflix_api", self._settings)
        registry.register(self.numbers)
        counted = self._registry
        if values.ValueClass._multiprocess:  # noqa: SLF001 - nothing else tells it
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(self._settings.metrics))  # type: ignore[no-untyped-call]
        encode, media_type = exposition.choose_encoder(accept)
        registry.register(counted)
        return encode(registry if names is None else Named(registry, names)), media_type


def exposed(
    namespace: str,
    accept: str,
    settings: Settings,
    *counted: Collector,
    names: frozenset[str] | None = None,
) -> tuple[bytes, str]:
    """What a process tells: its tasks, memory, CPU, and what it counted. Text and media type.

    Of some names alone, where these are said.
    """
    encode, media_type = exposition.choose_encoder(accept)
    registry = _of_process(namespace, settings)
    for each in counted:
        registry.register(each)
    return encode(registry if names is None else Named(registry, names)), media_type


def most_memory(settings: Settings) -> dict[str, int]:
    """Bytes that a process of the API or the dashboard needs when all that it keeps is full."""
    return {
        "program": PROGRAM,
        "known_events": settings.known_events * KNOWN_EVENT,
        "live_viewers": settings.live_viewers * VIEWER,
        "live_titles": 60 * settings.live_titles * TITLE,
        "kept_answers": settings.kept_megabytes * 2**20,
        "people": SNAPSHOTS * settings.people_in_memory * PERSON,
        "sums": SNAPSHOTS * SUMS,
        "queries": SNAPSHOTS * settings.query_megabytes * 2**20,
    }


def _of_process(namespace: str, settings: Settings) -> CollectorRegistry:
    numbers = Numbers()
    numbers.tell(
        "netflix_memory_most_bytes",
        "Memory that this process takes when all that it keeps is full, by what takes it",
        lambda: [((part,), size) for part, size in most_memory(settings).items()],
        ("part",),
    )
    numbers.tell(
        "netflix_background_up",
        "Whether a background task does its work: 0 while it fails or hangs",
        lambda: [((task.name,), int(task.problem is None)) for task in background.health()],
        ("task",),
    )
    numbers.tell(
        "netflix_background_restarts",
        "How often a background task failed and was begun again",
        lambda: [((task.name,), task.restarts) for task in background.health()],
        ("task",),
        CounterMetricFamily,
    )
    tell_machine(numbers, settings.root)
    registry = CollectorRegistry()
    registry.register(numbers)
    ProcessCollector(namespace=namespace, registry=registry)
    GCCollector(registry=registry)
    return registry
