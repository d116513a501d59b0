"""Which values of a dimension make up a gap: contributions that add up to it exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAKES_UP = 0.5
"""Values explain a gap that make up at least half of it."""
STANDS_OUT = 0.25
"""And by so much more of it than they have of all: else everything moved alike."""
MOST = 3
"""Values that explain a gap together; more would be no explanation."""


@dataclass(frozen=True)
class Part:
    """What one value added to a gap. `usual` is its share of what was expected of all."""

    value: str
    expected: float
    actual: float
    contribution: float
    share: float
    """contribution ÷ gap"""
    usual: float


def parts(values: Sequence[str], usual: Floats, actual: Floats, expected: float) -> list[Part]:
    """The contributions of values to (sum of actual − expected), the largest share first.

    `usual` are amounts as they usually are on such days: they are scaled so that they add up to
    what was expected of all. Amounts that add up only: viewers do not.
    """
    of_all = usual / usual.sum() if usual.sum() > 0 else np.full(len(usual), 1 / len(usual))
    came = actual - expected * of_all
    gap = float(actual.sum() - expected)
    shares = came / gap if gap else np.zeros(len(came))
    told = [
        Part(value, expected * float(w), float(a), float(c), float(s), float(w))
        for value, w, a, c, s in zip(values, of_all, actual, came, shares, strict=True)
    ]
    return sorted(told, key=lambda part: (-part.share, part.value))


def usual_amounts(amounts: Floats, first: int, last: int) -> Floats:
    """What values usually have on such days: the mean of the same weekdays of four weeks before.

    `amounts` are values × days; the days from `first` to `last` are added up.
    """
    days = np.arange(first, last + 1)
    weeks = -(-(last + 1 - first) // 7)
    before = [days - 7 * (weeks + n) for n in range(4) if first - 7 * (weeks + n) >= 0]
    if not before:
        return np.asarray(amounts[:, :first].mean(axis=1) * len(days))
    return np.asarray(np.mean([amounts[:, some].sum(axis=1) for some in before], axis=0))


def explaining(told: Sequence[Part]) -> list[Part]:
    """The fewest values that make up a gap and stand out in it; none where all moved alike."""
    for n in range(1, min(MOST, len(told) - 1) + 1):
        some = told[:n]
        share, usual = sum(part.share for part in some), sum(part.usual for part in some)
        if share >= MAKES_UP and share - usual >= STANDS_OUT:
            return list(some)
    return []
