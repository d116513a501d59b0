"""Samples of what was scraped, kept as long as an alert looks back: a bounded part of them.

What no alert looks at is not kept. Of what is older than ten minutes a sample a minute stays, of
what is older than two hours one in ten minutes: rates over long windows need no more.
"""

import logging
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from typing_extensions import override

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.monitoring.expressions import (
    LOOKBACK,
    Expression,
    History,
    Labels,
    Point,
    Selector,
)

log = logging.getLogger(__name__)

Scraped = tuple[str, Labels, float]
"""Name, labels and value of one series."""

STEPS = ((600.0, 0.0), (7200.0, 60.0), (math.inf, 600.0))
"""Up to which age of samples how many seconds lie between two that are kept."""
THINNED_AFTER = 64
"""Samples of a series that come before it is thinned again."""
MOST_SERIES = 20_000
"""Series that are kept; names and labels are of our own code, so that there are far fewer."""


class _Series:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.times = array("d")
        self.values = array("d")
        self._since_thinned = 0

    def add(self, at: float, value: float, speed: float) -> None:
        # Times that lie ahead are of a clock that was set back since.
        kept = bisect_left(self.times, at)
        del self.times[kept:], self.values[kept:]
        self.times.append(at)
        self.values.append(value)
        self._since_thinned += 1
        if self._since_thinned >= THINNED_AFTER:
            self._since_thinned = 0
            self._thin(at, speed)

    def _thin(self, now: float, speed: float) -> None:
        times, values = array("d"), array("d")
        before = -1.0
        for at, value in zip(self.times, self.values, strict=True):
            age = (now - at) * speed
            apart = next(apart for limit, apart in STEPS if age <= limit)
            if now - at > self.seconds:
                continue
            place = at * speed // apart if apart else -1.0
            # That it was gone counts as long as a value would.
            ended = math.isnan(value)
            if age <= LOOKBACK if ended else not apart or place != before:
                times.append(at)
                values.append(value)
            before = before if ended else place
        self.times, self.values = times, values

    def points(self, first: float, last: float) -> list[Point]:
        begin, end = bisect_left(self.times, first), bisect_right(self.times, last)
        return list(zip(self.times[begin:end], self.values[begin:end], strict=True))


class Samples(History):
    """What some expressions look at, as far as they look back.

    `speed` says how many times shorter their windows are than usual. For one thread.
    """

    def __init__(self, expressions: Iterable[Expression], speed: float = 1) -> None:
        self._speed = speed
        self._wanted: dict[str, dict[Selector, float]] = {}
        for expression in expressions:
            for selector, seconds in expression.selectors():
                of_name = self._wanted.setdefault(selector.name, {})
                of_name[selector] = max(seconds, of_name.get(selector, 0.0))
        self._series: dict[str, dict[Labels, _Series]] = {}
        self._told: dict[str, set[tuple[str, Labels]]] = {}

    def add(self, target: str, at: float, scraped: Iterable[Scraped]) -> None:
        """What a target told at a time; what it no longer tells is gone from then on."""
        told: set[tuple[str, Labels]] = set()
        for name, labels, value in scraped:
            if self._append(name, labels, at, value):
                told.add((name, labels))
        for name, labels in self._told.get(target, set()) - told:
            self._append(name, labels, at, math.nan)
        self._told[target] = told

    def _append(self, name: str, labels: Labels, at: float, value: float) -> bool:
        if name not in self._wanted:
            return False
        of_name = self._series.setdefault(name, {})
        series = of_name.get(labels)
        if series is None:
            seconds = [
                seconds
                for selector, seconds in self._wanted[name].items()
                if selector.labels <= labels
            ]
            if not seconds or sum(map(len, self._series.values())) >= MOST_SERIES:
                return False
            of_name[labels] = series = _Series(max(seconds))
        series.add(at, value, self._speed)
        return True

    @override
    def points(
        self, selector: Selector, first: float, last: float
    ) -> Iterator[tuple[Labels, Sequence[Point]]]:
        for labels, series in self._series.get(selector.name, {}).items():
            if selector.labels <= labels:
                points = series.points(first, last)
                if points:
                    yield labels, points

    def forget(self, before: float) -> None:
        """Let go of series of which nothing was told since that time."""
        for name, of_name in self._series.items():
            self._series[name] = {
                labels: series
                for labels, series in of_name.items()
                if series.times and series.times[-1] >= before - series.seconds
            }

    def store(self, path: Path) -> None:
        """Write all of it into a file."""
        kept = [
            (name, sorted(labels), series.times.tobytes(), series.values.tobytes())
            for name, of_name in self._series.items()
            for labels, series in of_name.items()
        ]
        write_bytes(path, msgspec.msgpack.encode(kept))

    def restore(self, path: Path) -> None:
        """Take up what a file holds, of what is still looked at; one that is torn holds nothing.

        The label `job` names the target: what it no longer tells when it is added next is gone.
        """
        try:
            kept = DECODER.decode(path.read_bytes())
        except FileNotFoundError:
            return
        except msgspec.MsgspecError as error:
            log.warning("%s is no record of samples (%s): alerts begin anew", path, error)
            return
        for name, pairs, times, values in kept:
            labels, value = frozenset(pairs), math.nan
            for at, value in zip(_numbers(times), _numbers(values), strict=False):
                if not self._append(name, labels, at, value):
                    break
            else:
                if not math.isnan(value):
                    self._told.setdefault(dict(pairs).get("job", ""), set()).add((name, labels))


DECODER = msgspec.msgpack.Decoder(list[tuple[str, list[tuple[str, str]], bytes, bytes]])


def _numbers(packed: bytes) -> "array[float]":
    numbers = array("d")
    numbers.frombytes(packed[: len(packed) // numbers.itemsize * numbers.itemsize])
    return numbers


def scraped(text: str, **labels: str) -> Iterator[Scraped]:
    """The series in a text of Prometheus' format, each with these labels besides."""
    besides = labels.items()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, frozenset(sample.labels.items() | besides), float(sample.value)
