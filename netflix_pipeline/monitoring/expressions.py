"""Expressions over metrics, each written once: they give their PromQL, and their value on samples.

A value is what Prometheus' instant queries give, by the rules of its release 2: series without
their name, by labels. `seconds` is how long ago the oldest sample lies that an expression looks at.
"""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, ClassVar, Literal, Protocol

from typing_extensions import override

Labels = frozenset[tuple[str, str]]
Point = tuple[float, float]
"""Time and value; a value that is none (NaN) says that the series was gone by then."""
Vector = dict[Labels, float]

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


class Span(float):
    """Seconds of a window or an age, as opposed to a number that is none."""


MINUTE, HOUR, DAY = Span(60), Span(3600), Span(86_400)

LOOKBACK = Span(300)
"""For so long the newest sample of a series counts."""


def duration(seconds: float) -> str:
    """Seconds as Prometheus writes them: 1h30m."""
    rest, parts = round(seconds * 1000), []
    for unit, size in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


class History(Protocol):
    """Samples that are kept."""

    def points(
        self, selector: Selector, first: float, last: float
    ) -> Iterator[tuple[Labels, Sequence[Point]]]:
        """The series that a selector means, with their points from `first` to `last`, in order."""


@dataclass(frozen=True)
class Expression(ABC):
    """Something that has a value at any time: of each series, or one number."""

    @abstractmethod
    def __str__(self) -> str: ...

    @abstractmethod
    def at(self, history: History, now: float) -> Vector | float:
        """Its value at a time."""

    def series(self, history: History, now: float) -> Vector:
        """Its value, where that is of series."""
        value = self.at(history, now)
        assert isinstance(value, dict), f"{self} is a number"
        return value

    def selectors(self) -> Iterator[tuple[Selector, float]]:
        """What it selects, and the seconds of it that it looks at."""
        for part in self._parts():
            yield from part.selectors()

    def divided(self, by: float) -> Expression:
        """The same with all of its windows and ages so many times shorter."""
        changes: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Expression):
                changes[each.name] = value.divided(by)
            elif isinstance(value, Span):
                changes[each.name] = Span(value / by)
        return replace(self, **changes)

    def _parts(self) -> Iterator[Expression]:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Expression):
                yield value

    def __add__(self, other: Expression | float) -> Expression:
        return Binary("+", self, told(other))

    def __sub__(self, other: Expression | float) -> Expression:
        return Binary("-", self, told(other))

    def __mul__(self, other: Expression | float) -> Expression:
        return Binary("*", self, told(other))

    def __truediv__(self, other: Expression | float) -> Expression:
        return Binary("/", self, told(other))

    def __gt__(self, other: Expression | float) -> Expression:
        return Binary(">", self, told(other))

    def __lt__(self, other: Expression | float) -> Expression:
        return Binary("<", self, told(other))

    def equals(self, other: Expression | float) -> Expression:
        """The series of it that have that value."""
        return Binary("==", self, told(other))

    def __and__(self, other: Expression) -> Expression:
        return Binary("and", self, other)

    def __or__(self, other: Expression) -> Expression:
        return Binary("or", self, other)


def told(value: Expression | float) -> Expression:
    """A plain number as an expression."""
    return value if isinstance(value, Expression) else Number(value)


@dataclass(frozen=True)
class Number(Expression):
    """A number; one that is a Span is an age."""

    value: float

    @override
    def __str__(self) -> str:
        return f"{self.value:.10g}"

    @override
    def at(self, history: History, now: float) -> float:
        return float(self.value)


@dataclass(frozen=True)
class Now(Expression):
    """Seconds since 1970."""

    @override
    def __str__(self) -> str:
        return "time()"

    @override
    def at(self, history: History, now: float) -> float:
        return now


@dataclass(frozen=True)
class Selector(Expression):
    """The newest value of each series of a metric that has these labels.

    It counts for so long, of which Prometheus is told by `--query.lookback-delta`.
    """

    name: str
    labels: Labels = frozenset()
    lookback: Span = LOOKBACK

    @override
    def __str__(self) -> str:
        told = ",".join(f'{name}="{value}"' for name, value in sorted(self.labels))
        return f"{self.name}{{{told}}}" if told else self.name

    @override
    def at(self, history: History, now: float) -> Vector:
        return {
            labels: points[-1][1]
            for labels, points in history.points(self, now - self.lookback, now)
            if points and not math.isnan(points[-1][1])
        }

    @override
    def selectors(self) -> Iterator[tuple[Selector, float]]:
        yield self, self.lookback


def metric(name: str, **labels: str) -> Selector:
    """The series of a metric, of those labels where some are told."""
    return Selector(name, frozenset(labels.items()))


@dataclass(frozen=True)
class OverTime(Expression, ABC):
    """A function of the samples of each series within a window."""

    of: Selector
    window: Span

    function: ClassVar[str]

    @override
    def __str__(self) -> str:
        return f"{self.function}({self.of}[{duration(self.window)}])"

    @override
    def at(self, history: History, now: float) -> Vector:
        found = {}
        for labels, points in history.points(self.of, now - self.window, now):
            value = self.value([point for point in points if not math.isnan(point[1])], now)
            if value is not None:
                found[labels] = value
        return found

    @abstractmethod
    def value(self, points: Sequence[Point], now: float) -> float | None:
        """What it makes of a series; None where that says nothing."""

    @override
    def selectors(self) -> Iterator[tuple[Selector, float]]:
        yield self.of, self.window


@dataclass(frozen=True)
class Increase(OverTime):
    """How much a counter grew, extrapolated to the window's ends; it begins anew where it falls."""

    function = "increase"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        if len(points) < 2:
            return None
        (first_at, first), (last_at, last) = points[0], points[-1]
        grown = last - first
        before = 0.0
        for _, value in points:
            if value < before:
                grown += before
            before = value
        covered = last_at - first_at
        apart = covered / (len(points) - 1)
        to_start, to_end = first_at - (now - self.window), now - last_at
        if grown > 0 and first >= 0:
            to_start = min(to_start, covered * first / grown)
        # Where a series begins or ends within the window, half a step is added.
        reached = covered + sum(
            each if each < 1.1 * apart else apart / 2 for each in (to_start, to_end)
        )
        return grown * reached / covered


@dataclass(frozen=True)
class Rate(Increase):
    """How much a counter grew a second."""

    function = "rate"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        grown = super().value(points, now)
        return None if grown is None else grown / self.window


@dataclass(frozen=True)
class Highest(OverTime):
    """The highest value within a window."""

    function = "max_over_time"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        return max((value for _, value in points), default=None)


@dataclass(frozen=True)
class Lowest(OverTime):
    """The lowest value within a window."""

    function = "min_over_time"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        return min((value for _, value in points), default=None)


@dataclass(frozen=True)
class Mean(OverTime):
    """The mean value within a window.

    Each sample counts for as long as it is the newest, a twelfth of the window at most: where old
    ones are kept less often, that is still the mean over time.
    """

    function = "avg_over_time"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        if not points:
            return None
        most = self.window / 12
        apart = [min(later - at, most) for (at, _), (later, _) in pairwise(points)]
        apart.append(apart[-1] if apart else 1.0)
        sums = math.fsum(value * each for (_, value), each in zip(points, apart, strict=True))
        return sums / math.fsum(apart)


@dataclass(frozen=True)
class Count(OverTime):
    """How many samples there are within a window."""

    function = "count_over_time"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        return len(points) or None


@dataclass(frozen=True)
class Predicted(OverTime):
    """The value that comes in so long, if it goes on as it did within the window."""

    ahead: Span

    function = "predict_linear"

    @override
    def __str__(self) -> str:
        return f"{super().__str__()[:-1]}, {float(self.ahead):.10g})"

    @override
    def value(self, points: Sequence[Point], now: float) -> float | None:
        if len(points) < 2:
            return None
        if len({value for _, value in points}) == 1:
            return points[0][1]
        count = len(points)
        x = sum(at - now for at, _ in points)
        y = sum(value for _, value in points)
        xy = sum((at - now) * value for at, value in points)
        xx = sum((at - now) ** 2 for at, _ in points)
        slope = (xy - x * y / count) / (xx - x * x / count)
        return y / count - slope * x / count + slope * self.ahead


Function = Literal["sum", "max", "min"]
FOLDED: dict[str, Callable[[Sequence[float]], float]] = {"sum": math.fsum, "max": max, "min": min}


@dataclass(frozen=True)
class Folded(Expression):
    """All series in one, or one for each combination of the labels `by`."""

    function: Function
    of: Expression
    by: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        by = f" by ({', '.join(self.by)}) " if self.by else ""
        return f"{self.function}{by}({self.of})"

    @override
    def at(self, history: History, now: float) -> Vector:
        groups: dict[Labels, list[float]] = {}
        for labels, value in self.of.series(history, now).items():
            group = frozenset(label for label in labels if label[0] in self.by)
            groups.setdefault(group, []).append(value)
        return {group: FOLDED[self.function](values) for group, values in groups.items()}


def total(of: Expression, *by: str) -> Expression:
    """The sum of series."""
    return Folded("sum", of, by)


def highest(of: Expression, *by: str) -> Expression:
    """The highest of series."""
    return Folded("max", of, by)


def lowest(of: Expression, *by: str) -> Expression:
    """The lowest of series."""
    return Folded("min", of, by)


@dataclass(frozen=True)
class Quantile(Expression):
    """The value below which that share of a histogram lies; `of` are its buckets, by `le`."""

    share: float
    of: Expression

    @override
    def __str__(self) -> str:
        return f"histogram_quantile({self.share:.10g}, {self.of})"

    @override
    def at(self, history: History, now: float) -> Vector:
        histograms: dict[Labels, list[Point]] = {}
        for labels, count in self.of.series(history, now).items():
            bound = dict(labels).get("le")
            if bound is not None:
                rest = frozenset(label for label in labels if label[0] != "le")
                histograms.setdefault(rest, []).append((float(bound), count))
        return {labels: self._of(sorted(buckets)) for labels, buckets in histograms.items()}

    def _of(self, buckets: list[Point]) -> float:
        """Within a bucket, values are taken to be spread evenly."""
        bounds = [bound for bound, _ in buckets]
        counts: list[float] = []
        for _, count in buckets:  # scraped while somebody counted
            counts.append(max(count, counts[-1] if counts else 0.0))
        if len(buckets) < 2 or not math.isinf(bounds[-1]) or not counts[-1]:
            return math.nan
        rank = self.share * counts[-1]
        last = len(counts) - 1
        place = next(at for at, count in enumerate(counts) if count >= rank or at == last)
        if place == last:
            return bounds[-2]
        if place == 0 and bounds[0] <= 0:
            return bounds[0]
        low, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
        return low + (bounds[place] - low) * (rank - below) / (counts[place] - below)


@dataclass(frozen=True)
class Absent(Expression):
    """1 while there is no such series."""

    of: Selector

    @override
    def __str__(self) -> str:
        return f"absent({self.of})"

    @override
    def at(self, history: History, now: float) -> Vector:
        return {} if self.of.at(history, now) else {self.of.labels: 1.0}


def _divided(left: float, right: float) -> float:
    """As numbers of IEEE 754 are: Python raises."""
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
}
COMPARISON: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
RANKS = {"or": 1, "and": 2, "==": 3, "<": 3, ">": 3, "+": 4, "-": 4, "*": 5, "/": 5}
"""How tightly each binds in PromQL."""


@dataclass(frozen=True)
class Binary(Expression):
    """Two values in one; of two that are of series, those with the same labels belong together.

    A comparison gives the series of the left for which it holds.
    """

    sign: str
    left: Expression
    right: Expression

    @override
    def __str__(self) -> str:
        rank = RANKS[self.sign]
        return f"{_within(self.left, rank)} {self.sign} {_within(self.right, rank + 1)}"

    @override
    def at(self, history: History, now: float) -> Vector | float:
        left, right = self.left.at(history, now), self.right.at(history, now)
        if self.sign in ARITHMETIC:
            return _combined(ARITHMETIC[self.sign], left, right)
        assert isinstance(left, dict), f"{self} compares a number"
        if self.sign in COMPARISON:
            holds = COMPARISON[self.sign]
            other = right if isinstance(right, dict) else dict.fromkeys(left, right)
            return {
                labels: value
                for labels, value in left.items()
                if labels in other and holds(value, other[labels])
            }
        assert isinstance(right, dict), f"{self} is of a number"
        if self.sign == "and":
            return {labels: value for labels, value in left.items() if labels in right}
        return right | left


def _within(part: Expression, rank: int) -> str:
    binds_less = isinstance(part, Binary) and RANKS[part.sign] < rank
    return f"({part})" if binds_less else str(part)


def _combined(
    apply: Callable[[float, float], float], left: Vector | float, right: Vector | float
) -> Vector | float:
    if isinstance(left, dict):
        if isinstance(right, dict):
            return {
                labels: apply(value, right[labels])
                for labels, value in left.items()
                if labels in right
            }
        return {labels: apply(value, right) for labels, value in left.items()}
    if isinstance(right, dict):
        return {labels: apply(left, value) for labels, value in right.items()}
    return apply(left, right)
