"""A histogram of this process alone: others of the platform may count together in files."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override


class ProcessHistogram(Collector):
    """Values counted by labels, in buckets up to these bounds. For one thread."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str], bounds: Sequence[float]
    ) -> None:
        self._name, self._text, self._labels = name, text, tuple(labels)
        self._bounds = tuple(map(float, bounds))
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def observe(self, labels: tuple[str, ...], value: float) -> None:
        """Count a value."""
        counts = self._counts.setdefault(labels, [0] * (len(self._bounds) + 1))
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + value

    @override
    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram of now."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        bounds = [*map(str, self._bounds), "+Inf"]
        for labels, counts in list(self._counts.items()):
            told = zip(bounds, map(float, accumulate(counts)), strict=True)
            family.add_metric(labels, [(bound, count) for bound, count in told], self._sums[labels])
        yield family
