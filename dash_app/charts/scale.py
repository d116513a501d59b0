"""Scales: round numbers for an axis, buckets that are worth a label, steps of a colour."""

import math
from collections.abc import Iterable

LEVELS = 7
"""Steps of a colour that tell amounts apart; 0, for nothing, is one more."""


def ticks(most: float, steps: int = 5) -> list[float]:
    """Round numbers from 0 to at least `most`, in at most so many steps; [0, 1] for nothing."""
    if most <= 0:
        return [0.0, 1.0]
    least = most / steps * (1 - 1e-9)
    size = 10 ** math.floor(math.log10(least))
    step = next(nice * size for nice in (1, 2, 2.5, 5, 10) if nice * size >= least)
    return [step * count for count in range(math.ceil(most / step * (1 - 1e-9)) + 1)]


def centre(index: int, count: int) -> float:
    """Where the middle of one of so many equal bands lies, 0 to 1."""
    return (index + 0.5) / count


def labelled(count: int, most: int = 6) -> list[int]:
    """Indices of the bands that get a label: evenly spaced, whole weeks apart where possible."""
    step = math.ceil(count / most)
    if step > 5:
        step = math.ceil(step / 7) * 7
    return list(range((count - 1) % step if step < count else 0, count, step))


def level(value: float | None, most: float) -> int:
    """The step of the colour that stands for a value: 1 to LEVELS, 0 for nothing."""
    if not value or value < 0 or most <= 0:
        return 0
    return min(LEVELS, 1 + int(LEVELS * value / most * (1 - 1e-9)))


def largest(values: Iterable[float | None]) -> float:
    """The largest value that is known; 0 where none is."""
    return max((value for value in values if value is not None), default=0)


def share(value: float) -> str:
    """A share as an attribute of SVG: `12.5%`."""
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"
