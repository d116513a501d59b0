"""Point forecasts of many series at once, from their amounts by day (series × days, oldest first).

Each gives the 28 days behind the last (series × 28). The seasonal naive forecast repeats the last
week; means of the same weekdays and of four weeks are the baselines that are hard to beat
(Makridakis et al., M4 and M5). Smoothing is Brown's simple exponential smoothing of what is left
without weekdays, with no trend, or with half of the slope of a line (Assimakopoulos & Nikolopoulos,
"The theta model", 2000), damped.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAIVE = "seasonal naive"
"""The forecast that others are compared with."""
HORIZON = 28
"""Days that are forecast."""
WEEKS = 26
"""Weeks from which weekdays are learned: they change slowly, and of few weeks they are chance."""
FEWEST = 28
"""Days that a forecast needs."""
STEADY = 20.0
"""How much a day must have for its series to have weekdays as much of its own as of its level."""
DAMPING = 0.97
"""By how much a slope weakens from day to day."""
MEMORY = 84
"""Days that smoothing looks back."""

AHEAD = np.arange(HORIZON)


def seasonal_naive(y: Floats) -> Floats:
    """The last week, again and again."""
    return y[:, y.shape[1] - 7 + AHEAD % 7]


def weekday_mean(y: Floats) -> Floats:
    """The mean of the last four same weekdays."""
    return np.asarray(y[:, -28:].reshape(len(y), 4, 7).mean(axis=1)[:, AHEAD % 7])


def month_mean(y: Floats) -> Floats:
    """The mean of the last 28 days."""
    return np.repeat(y[:, -28:].mean(axis=1, keepdims=True), HORIZON, axis=1)


def weekdays(y: Floats) -> Floats:
    """What a day of the week has of a mean day: series × 7, the first is that behind the last day.

    Series with little on a day lean on all series together.
    """
    weeks = min(WEEKS, y.shape[1] // 7)
    by_weekday = y[:, -7 * weeks :].reshape(len(y), weeks, 7)
    # Of a week that is unlike others, such as one of a launch, the shape counts, not the level.
    mean = by_weekday.mean(axis=2, keepdims=True)
    together = by_weekday.sum(axis=0)
    shape = np.median(together / np.maximum(together.mean(axis=1, keepdims=True), 1e-9), axis=0)
    own = np.where(mean > 0, by_weekday / np.maximum(mean, 1e-9), 1.0)
    weight = y[:, -28:].mean(axis=1, keepdims=True)
    weight = weight / (weight + STEADY)
    mixed = weight * np.mean(own, axis=1) + (1 - weight) * shape
    return np.asarray(np.maximum(mixed / mixed.mean(axis=1, keepdims=True), 0.05))


def without_weekdays(y: Floats, shape: Floats) -> Floats:
    """The amounts of the last days that smoothing looks at, as if all weekdays were alike."""
    recent = y[:, -(min(MEMORY, y.shape[1]) // 7 * 7) :]
    return recent / np.tile(shape, (1, recent.shape[1] // 7))


def smoothed(level: Floats, alpha: float) -> Floats:
    """The last level of simple exponential smoothing (series)."""
    age = np.arange(level.shape[1])[::-1]
    weights = alpha * (1 - alpha) ** age
    return np.asarray(level @ (weights / weights.sum()))


def slope(level: Floats) -> Floats:
    """What a series gains a day, by least squares over the last eight weeks (series)."""
    recent = level[:, -56:]
    at = np.arange(recent.shape[1]) - (recent.shape[1] - 1) / 2
    return np.asarray(recent @ at / (at @ at))


def smoothings(y: Floats) -> dict[str, Floats]:
    """The forecasts of smoothing, by how quickly it forgets, and of Theta."""
    shape = weekdays(y)
    level = without_weekdays(y, shape)
    ahead = shape[:, AHEAD % 7]
    made = {
        f"smoothing {alpha:g}": smoothed(level, alpha)[:, None] * ahead for alpha in (0.05, 0.15)
    }
    damped = np.cumsum(DAMPING ** (1 + AHEAD))
    drift = slope(level)[:, None] / 2 * damped
    made["theta"] = np.maximum(smoothed(level, 0.15)[:, None] + drift, 0) * ahead
    return made


def simple(y: Floats) -> dict[str, Floats]:
    """The forecasts that anybody can make, by name."""
    return {
        NAIVE: seasonal_naive(y),
        "weekday mean": weekday_mean(y),
        "month mean": month_mean(y),
    }
