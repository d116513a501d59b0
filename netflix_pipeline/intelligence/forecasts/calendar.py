"""The public holidays of the series of a level."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.forecasts.known import PEOPLE_DAYS, Known
from netflix_pipeline.intelligence.forecasts.points import HORIZON
from netflix_pipeline.public_holidays import holidays_of

Floats = NDArray[np.float64]


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
