"""Demand by the minute, and windows over it."""

from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
"""Minutes. Demand is known and forecast by the minute of UTC."""


def highest_of_last(values: Floats, n: int) -> Floats:
    """At each place the highest of the last `n` values with its own; the first counts before."""
    return _windows(values, n).max(axis=1) if n > 1 else values


def lowest_of_last(values: Floats, n: int) -> Floats:
    """At each place the lowest of the last `n` values with its own; the first counts before."""
    return _windows(values, n).min(axis=1) if n > 1 else values


def mean_of_last(values: Floats, n: int) -> Floats:
    """At each place the mean of the last `n` values with its own, or of as many as there are."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - n, 0)
    return np.asarray((sums[end] - sums[begin]) / (end - begin))


def _windows(values: Floats, n: int) -> Floats:
    return sliding_window_view(np.concatenate([np.full(n - 1, values[0]), values]), n)
