"""The public holidays of the series of a level."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.forecasts.known import PEOPLE_DAYS, Known
from netflix_pipeline.intelligence.forecasts.points import HORIZON
from netflix_pipeline.public_holidays import holidays_of

Floats = NDArray[np.float64]

BELIEVED = 4.0
"""How many days' holidays without any effect are believed in before any were seen."""


def holidays_by_country(countries: Sequence[str], first: date, days: int) -> Floats:
    """Whether each day is a public holiday: countries × days, 0 or 1."""
    return np.array([holidays_of(code, first, days) for code in countries], dtype=float).reshape(
        len(countries), days
    )


def holiday_shares(home: Known, level: str, holidays: Floats, at: int) -> Floats:
    """Which share of each series is at rest on a day, known at an origin: series × (at + 28).

    Countries rest themselves; all else by the countries' hours of the 28 days before the origin.
    """
    told = holidays[:, : at + HORIZON]
    if level == "country":
        return told
    hours = home.levels["country"].known("hours_viewed", at)[:, -PEOPLE_DAYS:].sum(axis=1)
    share = hours / max(hours.sum(), 1e-9)
    return np.repeat((share @ told)[None, :], len(home.levels[level].keys), axis=0)


def holiday_effect(y: Floats, holidays: Floats) -> float:
    """How much more is watched where all are at rest, as a share; of all series of a level.

    A day is compared with the mean of the same weekday of the two weeks before and behind it.
    `y` is series × days, `holidays` (series × days) the share of each that is at rest.
    """
    days = y.shape[1]
    around, count = np.zeros_like(y), np.zeros(days)
    for lag in (7, 14):
        around[:, lag:] += y[:, :-lag]
        around[:, :-lag] += y[:, lag:]
        count[lag:] += 1
        count[: days - lag] += 1
    usual = around / count
    more = float((holidays * (y - usual)).sum())
    believed = BELIEVED * float(y[:, -28:].sum()) / 28
    weight = float((holidays**2 * usual).sum()) + believed
    return max(more / weight, -0.5) if weight > 0 else 0.0
