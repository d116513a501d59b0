"""Service level indicators: what is measured of an objective.

Each gives expressions for alerts, and what the built-in watch measured from one look to the next.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from typing_extensions import override

from netflix_pipeline.monitoring.burn_rates import MANY
from netflix_pipeline.monitoring.expressions import (
    Count,
    Expression,
    Increase,
    Mean,
    Rate,
    Selector,
    Span,
    highest,
    lowest,
    told,
    total,
)
from netflix_pipeline.monitoring.samples import Scraped

LOOKS = 50
"""Looks in a window below which a share of its time says little: at 15 seconds, 12 minutes."""


class Measurement(NamedTuple):
    """For so many seconds something was measured, so much of it, and so much of that was bad."""

    seconds: float
    every: float
    bad: float


class Indicator(ABC):
    """What is measured of an objective."""

    def counters(self) -> frozenset[str]:
        """Names of the counters that it looks at."""
        return frozenset()

    @abstractmethod
    def bad(self, window: Span) -> Expression:
        """The share of a window that is bad."""

    @abstractmethod
    def enough(self, window: Span) -> Expression:
        """Whether there is enough in a window to judge by."""

    @abstractmethod
    def measured(
        self, series: Sequence[Scraped], grown: Sequence[Scraped], seconds: float
    ) -> Measurement | None:
        """What was measured in the seconds since the look before; None where nothing tells it.

        `grown` are counters with their growth.
        """


@dataclass(frozen=True)
class Events(Indicator):
    """Counters: of all events, and of those that are bad, or of those that are good."""

    every: Selector
    failed: Selector | None = None
    good: Selector | None = None

    @override
    def counters(self) -> frozenset[str]:
        return frozenset(one.name for one in (self.every, self.failed, self.good) if one)

    @override
    def bad(self, window: Span) -> Expression:
        every = total(Rate(self.every, window))
        if self.failed is not None:
            return total(Rate(self.failed, window)) / every
        assert self.good is not None, "neither the good ones nor the bad ones are counted"
        return (every - total(Rate(self.good, window))) / every

    @override
    def enough(self, window: Span) -> Expression:
        return total(Increase(self.every, window)) > MANY

    @override
    def measured(
        self, series: Sequence[Scraped], grown: Sequence[Scraped], seconds: float
    ) -> Measurement | None:
        if not any(name == self.every.name for name, _, _ in grown):
            return None
        every = sum(_values(self.every, grown))
        if self.failed is not None:
            return Measurement(seconds, every, sum(_values(self.failed, grown)))
        assert self.good is not None, "neither the good ones nor the bad ones are counted"
        # They are scraped while somebody counts.
        return Measurement(seconds, every, max(0.0, every - sum(_values(self.good, grown))))


@dataclass(frozen=True)
class Arrivals(Events):
    """Events whose budget a ledger tells: it has rows of all sources, and of days before.

    The metric `ledger` tells the rows of 30 days by `outcome`: `all_rows`, and those that are bad.
    """

    ledger: str = ""
    all_rows: str = ""
    bad_rows: tuple[str, ...] = ()

    def standing(self, series: Sequence[Scraped]) -> tuple[float, float] | None:
        """All rows and bad ones of 30 days; None where nothing tells them."""
        rows = {
            dict(labels)["outcome"]: count for name, labels, count in series if name == self.ledger
        }
        if self.all_rows not in rows:
            return None
        return rows[self.all_rows], sum(rows.get(name, 0.0) for name in self.bad_rows)


@dataclass(frozen=True)
class Time(Indicator):
    """A number that is 1 while it is well, and 0 while it is not."""

    well: Selector

    @override
    def bad(self, window: Span) -> Expression:
        return told(1) - lowest(Mean(self.well, window))

    @override
    def enough(self, window: Span) -> Expression:
        return highest(Count(self.well, window)) > LOOKS

    @override
    def measured(
        self, series: Sequence[Scraped], grown: Sequence[Scraped], seconds: float
    ) -> Measurement | None:
        values = list(_values(self.well, series))
        if not values:
            return None
        return Measurement(seconds, seconds, 0.0 if min(values) > 0 else seconds)


def _values(selector: Selector, series: Iterable[Scraped]) -> Iterable[float]:
    return (
        value
        for name, labels, value in series
        if name == selector.name and selector.labels <= labels
    )
