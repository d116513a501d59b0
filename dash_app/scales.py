"""Round numbers for an axis: of counts from 0 on, of rates around the values that they have."""

import math
from collections.abc import Iterable, Sequence

STEPS = 5
"""Steps of an axis at most, or one more where they cannot begin with the least value."""
FINEST = 0.001
"""The smallest step of an axis of rates: a tenth of a percent, as they are written."""


def ticks(most: float, steps: int = STEPS) -> list[float]:
    """Round numbers from 0 to at least `most`, in at most so many steps; [0, 1] for nothing."""
    if most <= 0:
        return [0.0, 1.0]
    least = most / steps * (1 - 1e-9)
    size = 10 ** math.floor(math.log10(least))
    step = next(nice * size for nice in (1, 2, 2.5, 5, 10) if nice * size >= least)
    return [step * count for count in range(math.ceil(most / step * (1 - 1e-9)) + 1)]


def around(rates: Iterable[float | None]) -> list[float]:
    """Round numbers around the rates that are known, between 0 and 1 where these are.

    They begin with 0 where the least rate is nearer to it than to the largest one.
    """
    known = [rate for rate in rates if rate is not None]
    low, high = min(known, default=0), max(known, default=0)
    if low <= high - low:
        return ticks(high)
    least = max((high - low) / STEPS, FINEST) * (1 - 1e-9)
    size = 10 ** math.floor(math.log10(least))
    step = next(nice * size for nice in (1, 2, 5, 10) if nice * size >= least)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if last - first < 2:
        first, last = max(0, first - 1), last + 1
    if high <= 1:
        last = min(last, round(1 / step))
    return [round(step * count, 4) for count in range(first, last + 1)]


def even(ends: Sequence[float], step: float) -> list[float]:
    """The numbers from one end of an axis to the other, so far apart."""
    return [ends[0] + step * at for at in range(round((ends[1] - ends[0]) / step) + 1)]
