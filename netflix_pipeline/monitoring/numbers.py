"""Numbers that are read when Prometheus asks for them."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Sample = tuple[tuple[str, ...], float]
"""The values of the labels, and the number."""
Value = Callable[[], float | Iterable[Sample] | None]
Family = type[GaugeMetricFamily] | type[CounterMetricFamily]


class Numbers(Collector):
    """Numbers that are read when they are asked for."""

    def __init__(self) -> None:
        self._told: list[tuple[str, str, Value, tuple[str, ...], Family]] = []

    def tell(
        self,
        name: str,
        text: str,
        value: Value,
        labels: tuple[str, ...] = (),
        family: Family = GaugeMetricFamily,
    ) -> None:
        """Let a number be read when it is asked for; None is left out.

        With labels, `value` gives the values of the labels and the number, for each.
        """
        self._told.append((name, text, value, labels, family))

    def collect(self) -> Iterator[Metric]:
        """The numbers of now."""
        for name, text, value, labels, family in self._told:
            current = value()
            if current is None:
                continue
            metric = family(name, text, labels=labels)
            for labelled, number in (
                [((), current)] if isinstance(current, int | float) else current
            ):
                metric.add_metric(labelled, number)
            yield metric


class Named(Collector):
    """Of what another one collects, the metrics of some names, or that have series of them."""

    def __init__(self, of: Collector, names: frozenset[str]) -> None:
        self._of = of
        self._names = names

    def collect(self) -> Iterator[Metric]:
        """Those of now."""
        for metric in self._of.collect():
            if metric.name in self._names or any(
                sample.name in self._names for sample in metric.samples
            ):
                yield metric
