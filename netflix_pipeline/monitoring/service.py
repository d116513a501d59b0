"""The numbers of the API: what it was asked, how long that took, what it holds just now.

Labels are names out of our own code, never what a client sent: their number is bounded, and no
person is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    exposition,
    values,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from netflix_pipeline import background
from netflix_pipeline.monitoring.memory import most_memory
from netflix_pipeline.settings import Settings

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset(("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"))

Sample = tuple[tuple[str, ...], float]


class ServiceMetrics:
    """Counts in this process; read by `exposed`.

    Where several processes count into the files of a folder, as prometheus_client does when its
    environment says so, whichever is asked tells the sum of all.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = CollectorRegistry()
        self._gauges = _Gauges()
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
        self._events = Counter(
            "netflix_events",
            "Events received, by what became of them",
            ("result",),
            registry=self._registry,
        )
        for result in ("stored", "duplicate", "quarantined", "rejected"):
            self._events.labels(result)

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
                self._events.labels(result).inc(events)

    def tell(
        self,
        name: str,
        text: str,
        value: Callable[[], float | Iterable[Sample] | None],
        labels: tuple[str, ...] = (),
    ) -> None:
        """Let a number be read when it is asked for; None is left out.

        With labels, `value` gives the values of the labels and the number, for each.
        """
        self._gauges.told.append((name, text, value, labels))

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """All numbers as text, and its media type, as a scraper accepts it."""
        registry = _of_process("netflix_api", self._settings)
        registry.register(self._gauges)
        counted = self._registry
        if values.ValueClass._multiprocess:  # noqa: SLF001 - nothing else tells it
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(self._settings.metrics))  # type: ignore[no-untyped-call]
        encode, media_type = exposition.choose_encoder(accept)
        return encode(_Both(counted, registry)), media_type


def exposed(namespace: str, accept: str, settings: Settings) -> tuple[bytes, str]:
    """What any process tells: its background tasks, memory, CPU. Text and media type."""
    encode, media_type = exposition.choose_encoder(accept)
    return encode(_of_process(namespace, settings)), media_type


def _of_process(namespace: str, settings: Settings) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Memory(settings))
    registry.register(_Background())
    ProcessCollector(namespace=namespace, registry=registry)
    GCCollector(registry=registry)
    return registry


class _Both(CollectorRegistry):
    """Two registries read one after the other."""

    def __init__(self, first: CollectorRegistry, second: CollectorRegistry) -> None:
        super().__init__()
        self._two = first, second

    def collect(self) -> Iterator[Metric]:
        """All metrics of both."""
        for one in self._two:
            yield from one.collect()


class _Memory(Collector):
    """What a process may come to, as its settings say."""

    def __init__(self, settings: Settings) -> None:
        self._most = most_memory(settings)

    def collect(self) -> Iterator[Metric]:
        """The same all the time."""
        most = GaugeMetricFamily(
            "netflix_memory_most_bytes",
            "Memory that this process takes when all that it keeps is full, by what takes it",
            labels=("part",),
        )
        for part, size in self._most.items():
            most.add_metric((part,), size)
        yield most


class _Background(Collector):
    """Whether the background tasks of the process do their work."""

    def collect(self) -> Iterator[Metric]:
        """The tasks of now."""
        up = GaugeMetricFamily(
            "netflix_background_up",
            "Whether a background task does its work: 0 while it fails or hangs",
            labels=("task",),
        )
        restarts = CounterMetricFamily(
            "netflix_background_restarts",
            "How often a background task failed and was begun again",
            labels=("task",),
        )
        for task in background.health():
            up.add_metric((task.name,), int(task.problem is None))
            restarts.add_metric((task.name,), task.restarts)
        yield up
        yield restarts


class _Gauges(Collector):
    """Numbers that are read when they are asked for."""

    def __init__(self) -> None:
        self.told: list[
            tuple[str, str, Callable[[], float | Iterable[Sample] | None], tuple[str, ...]]
        ] = []

    def collect(self) -> Iterator[Metric]:
        """The numbers of now."""
        for name, text, value, labels in self.told:
            current = value()
            if current is None:
                continue
            gauge = GaugeMetricFamily(name, text, labels=labels)
            for labelled, number in (
                [((), current)] if isinstance(current, int | float) else current
            ):
                gauge.add_metric(labelled, number)
            yield gauge
