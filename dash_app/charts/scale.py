"""Scales: round numbers for an axis, days that are worth a label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date


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


def labelled(days: Sequence[date], most: int = 6) -> list[int]:
    """Indices of the days that get a label: evenly spaced, whole weeks apart where possible."""
    step = math.ceil(len(days) / most)
    if step > 5:
        step = math.ceil(step / 7) * 7
    return list(range((len(days) - 1) % step if step < len(days) else 0, len(days), step))
