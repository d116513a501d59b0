"""Forecasts of demand by the minute: the same minutes of weeks before, and what is new.

With y the logarithm of demand, b its seasonal base (the mean of the same minute one to four weeks
before, each smoothed over neighbours, each further week weighing 0.8 times as much) and d = y − b
what those weeks do not explain, the forecast made at the end of minute o of minute o + h is

    y(o+h) = y(o) + β₁ (b(o+h) − b(o)) + β₂ Δd(o) + β₃ Δd(o−5)
                  + β₄ (d(o) − d̄ hour) + β₅ (d(o) − d̄ day)

where Δd is the growth of d over five minutes, and d̄ its mean over the last hour or day. β is fitted
for each h by least squares over the last 14 days, anew each day, so that a demand without rhythm
gets β₁ near 0: then the newest minute is forecast. It is a seasonal regression with lags, a
direct forecast for each horizon (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
3rd edition, chapters 7.4 and 13.8).

Quantiles are those of the residuals of the last 14 days at the same horizon, added to y: rolling
ones, since the residuals of a time series cannot be exchanged for one another.
"""

from dataclasses import dataclass

import numpy as np

from netflix_pipeline.intelligence.scaling.minutes import DAY, HOUR, WEEK, Floats, mean_of_last

MODEL = "seasonal regression by the minute"
"""How it is called."""
VERSION = 1
WEEKS, WEIGHT, NEIGHBOURS = 4, 0.8, 20
"""Weeks of the base, how much a further one weighs, and minutes to either side that smooth it."""
LAG = 5
FIT_DAYS = 14
LEAST_DAYS = 3
"""Days of origins and of residuals below which nothing is fitted, and nothing forecast."""
FIRST = WEEK + (1 + 2 * LEAST_DAYS) * DAY
"""Minutes of demand below which no quantile is forecast."""
TINY = 1e-6
"""Demand that none counts as, in its unit, so that it has a logarithm."""


@dataclass(frozen=True)
class Forecast:
    """What was forecast at the end of each minute `o`, in the unit of demand.

    `median[h, o]` is that of minute `o + h`, for h from 1 on; `residuals[h, o]` the logarithm of
    what came over it. Both are NaN where nothing was forecast, or nothing came yet.
    """

    median: Floats
    residuals: Floats

    def quantile(self, share: float, first: int = 0) -> Floats:
        """As `median`, the quantile of that share, by residuals that were known each midnight.

        Of origins from the day of the minute `first` on; NaN before.
        """
        found = np.full_like(self.median, np.nan)
        horizons, minutes = self.median.shape
        for ahead in range(1, horizons):
            for day in range(first // DAY * DAY, minutes, DAY):
                known = known_residuals(self.residuals[ahead], ahead, day)
                if len(known) >= LEAST_DAYS * DAY - ahead:
                    scale = np.exp(np.quantile(known, share))
                    found[ahead, day : day + DAY] = self.median[ahead, day : day + DAY] * scale
        return found


def known_residuals(residuals: Floats, ahead: int, now: int) -> Floats:
    """Residuals of 14 days whose minutes, `ahead` of their origins, were over at a minute."""
    end = max(0, now - ahead)
    window = residuals[max(0, end - FIT_DAYS * DAY) : end]
    return window[~np.isnan(window)]


def forecast(demand: Floats, horizons: int) -> Forecast:
    """Forecasts made at the end of every minute, for each of the `horizons` minutes behind it.

    `demand` begins at a midnight of UTC and has a value for each minute, NaN where it was not
    measured: such a minute counts as the one before it, and nothing is fitted to it.
    """
    there = ~np.isnan(demand)
    y = np.log(np.maximum(_filled(demand), TINY))
    minutes = len(y)
    base = _base(y, horizons)
    median = np.full((horizons + 1, minutes), np.nan)
    residuals = np.full_like(median, np.nan)
    told = _features(y, base)
    for ahead in range(1, min(horizons, minutes - 1) + 1):
        told[:, 0] = np.nan_to_num(base[ahead : minutes + ahead] - base[:minutes])
        grown = np.full(minutes, np.nan)
        both = there[ahead:] & there[:-ahead]
        grown[:-ahead] = np.where(both, y[ahead:] - y[:-ahead], np.nan)
        said = np.full(minutes, np.nan)
        for day in range(WEEK + (1 + LEAST_DAYS) * DAY, minutes, DAY):
            weights = _fitted(told, grown, ahead, day)
            if weights is not None:
                today = slice(day, day + DAY)
                said[today] = y[today] + told[today] @ weights
        median[ahead] = np.exp(said)
        residuals[ahead] = grown - (said - y)
    return Forecast(median, residuals)


def _filled(demand: Floats) -> Floats:
    """Demand with the newest known value where a minute was not measured, or else the first."""
    there = np.flatnonzero(~np.isnan(demand))
    first = there[0] if len(there) else 0
    known = np.where(np.isnan(demand), first, np.arange(len(demand)))
    return np.asarray(np.nan_to_num(demand[np.maximum.accumulate(known)]))


def _base(y: Floats, horizons: int) -> Floats:
    """The mean of the same minute in the weeks before, also of those ahead; NaN in the first week.

    Neighbours of a minute a week ago lie before any origin from which it is looked at.
    """
    sums = np.cumsum(np.pad(y, (NEIGHBOURS + 1, NEIGHBOURS), mode="edge"))
    width = 2 * NEIGHBOURS + 1
    smooth = (sums[width:] - sums[:-width]) / width
    minutes = len(y) + horizons
    total, weight = np.zeros(minutes), np.zeros(minutes)
    for week in range(1, WEEKS + 1):
        first = min(week * WEEK, minutes)
        share = WEIGHT ** (week - 1)
        total[first:] += share * smooth[: minutes - first]
        weight[first:] += share
    return np.asarray(np.divide(total, weight, out=np.full(minutes, np.nan), where=weight > 0))


def _features(y: Floats, base: Floats) -> Floats:
    """What a forecast is made of at each minute, a row each, zeros in the first week.

    The first of each row is of a horizon, and is put in for it.
    """
    new = np.nan_to_num(y - base[: len(y)])
    grown = new - _before(new)
    told = (
        np.zeros(len(y)),
        grown,
        _before(grown),
        new - mean_of_last(new, HOUR),
        new - mean_of_last(new, DAY),
    )
    return np.stack(told, axis=1)


def _before(values: Floats) -> Floats:
    """What the values were five minutes before; the first before that."""
    return np.concatenate([np.full(LAG, values[0]), values])[: len(values)]


def _fitted(told: Floats, grown: Floats, ahead: int, day: int) -> Floats | None:
    """β of a day, by origins of 14 days whose minutes were over; None where there are too few."""
    rows = slice(max(WEEK + DAY, day - FIT_DAYS * DAY), day - ahead)
    came = ~np.isnan(grown[rows])
    if came.sum() < LEAST_DAYS * DAY - ahead:
        return None
    x, wanted = told[rows][came], grown[rows][came]
    square = x.T @ x + np.eye(x.shape[1]) * TINY
    return np.asarray(np.linalg.solve(square, x.T @ wanted))
