"""Whether the data of a day are missing, by what the platform keeps of how its rows came.

Four things tell it: rows without an outcome in the ledger, more rows than usual in quarantine, rows
that came after the day was settled, and hours in which nothing began although much usually does.
A fault is told whether or not the day lies outside what was expected of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Fault = Literal["lost", "quarantined", "late", "silent"]

REMEMBERED = 28
"""Days before a day from which is known what is usual."""
LEAST_SHARE = 0.02
"""The share of a day's rows from which on it counts that they are missing."""
LEAST_ROWS = 20
"""And how many they must be."""
LEAST_EXPECTED = 12.0
"""Plays that usually begin in hours without any: if they come by chance, there are none in one of
e^12 (160,000) such spans (Poisson)."""


@dataclass(frozen=True)
class Arrivals:
    """How rows came, by day: arrays of equal length, oldest day first.

    `received` rows, those `lost` (without an outcome; below 0 where some are there twice) and
    `quarantined`, as the ledger has them; `late` rows came after their day was settled and are
    in by now; `hours` (days × 24) are the plays that began in each hour of UTC.
    """

    received: Ints
    lost: Ints
    quarantined: Ints
    late: Ints
    hours: Floats


@dataclass(frozen=True)
class Missing:
    """A fault of the data of a day, and which share of the day it took; below 0: is there twice."""

    fault: Fault
    share: float


@dataclass(frozen=True)
class Silence:
    """Hours of UTC without a play, up to `end`, and the share of a day that begins in them."""

    first: int
    end: int
    share: float


def missing(arrivals: Arrivals, day: int) -> Iterator[Missing]:
    """The faults of the data of a day, counted from the first."""
    received = int(arrivals.received[day])
    lost = int(arrivals.lost[day])
    if lost:
        # Not one row is lost while the ledger is exact: any is a fault.
        yield Missing("lost", lost / max(received, abs(lost)))
    before = slice(max(0, day - REMEMBERED), day)
    usual = _share(arrivals.quarantined[before], arrivals.received[before])
    more = float(arrivals.quarantined[day]) - usual * received
    if _counts(more, received):
        yield Missing("quarantined", more / max(received, more))
    late = int(arrivals.late[day])
    if _counts(late, received):
        yield Missing("late", late / max(received, late))
    silence = longest_silence(arrivals.hours, day)
    if silence is not None:
        yield Missing("silent", silence.share)


def of_days(arrivals: Arrivals, first: int, last: int) -> list[Missing]:
    """The faults of some days, each with its share of all these days together."""
    shares: dict[Fault, float] = {}
    for day in range(first, last + 1):
        for each in missing(arrivals, day):
            shares[each.fault] = shares.get(each.fault, 0.0) + each.share
    return [Missing(fault, share / (last + 1 - first)) for fault, share in shares.items()]


def _counts(rows: float, received: int) -> bool:
    return rows >= LEAST_ROWS and rows >= LEAST_SHARE * received


def _share(rows: Ints, of: Ints) -> float:
    """The usual share: the median over days, which a bad day does not move."""
    known = of > 0
    return float(np.median(rows[known] / of[known])) if known.any() else 0.0


def longest_silence(hours: Floats, day: int) -> Silence | None:
    """The span of hours of a day without any play in which the most usually begin.

    None where fewer than 12 do.
    """
    weeks = [day - 7 * n for n in range(1, 5) if day >= 7 * n]
    if not weeks:
        return None
    usual = np.median(hours[weeks], axis=0)
    begun, span, longest = 0, 0.0, Silence(0, 0, 0.0)
    for hour in range(24):
        if hours[day, hour]:
            begun, span = hour + 1, 0.0
            continue
        span += float(usual[hour])
        if span > longest.share:
            longest = Silence(begun, hour + 1, span)
    if longest.share < LEAST_EXPECTED:
        return None
    return Silence(longest.first, longest.end, longest.share / float(usual.sum()))
