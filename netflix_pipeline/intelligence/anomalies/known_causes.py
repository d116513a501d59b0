"""What is known of a home's days that explains more or less watching: launches and holidays."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.anomalies.contributions import MAKES_UP
from netflix_pipeline.intelligence.anomalies.verdict import LAUNCHED, RESTING, Anomaly, Happening
from netflix_pipeline.intelligence.forecasts.known import Known
from netflix_pipeline.public_holidays import holidays_of

Floats = NDArray[np.float64]


def launches(
    home: Known, metric: str, launched: Mapping[str, date], anomaly: Anomaly
) -> Iterator[Happening]:
    """The launches that are behind more watching: what is new makes up half of it or more.

    `launched` are the launch days of titles. A launch counts for a week.
    """
    titles = home.levels["title"]
    days = slice(home.index(anomaly.first), home.index(anomaly.last) + 1)
    new = [
        (titles.amounts[metric][at, days].sum(), key)
        for at, key in enumerate(titles.keys)
        if key in launched and anomaly.first - LAUNCHED <= launched[key] <= anomaly.last
    ]
    if anomaly.gap > 0 and sum(amount for amount, _ in new) >= MAKES_UP * anomaly.gap:
        _, most = max(new)
        yield Happening(launched[most], "launch", f"title {most}, the most watched of {len(new)}")


def holidays(home: Known) -> Iterator[Happening]:
    """The public holidays of each country, and those of a quarter of all that is watched."""
    countries = home.levels["country"]
    hours = countries.amounts["hours_viewed"].sum(axis=1)
    resting = np.zeros(home.days)
    for code, share in zip(countries.keys, hours / max(hours.sum(), 1e-9), strict=True):
        free = holidays_of(code, home.first, home.days)
        resting += share * free
        for at in np.flatnonzero(free).tolist():
            day = home.first + timedelta(days=at)
            yield Happening(day, "holiday", f"public holiday in {code}", "country", code)
    for at in np.flatnonzero(resting >= RESTING).tolist():
        day = home.first + timedelta(days=at)
        yield Happening(day, "holiday", f"public holiday for {resting[at]:.0%} of what is watched")
