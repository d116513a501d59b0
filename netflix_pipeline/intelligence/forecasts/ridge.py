"""Ridge regression on lags and the calendar, over all series of a level and all past origins.

For each horizon the logarithm of (amount ÷ mean of the last four weeks) is explained by how the
last days and weeks compare with that mean, by the weekday and by public holidays (Hoerl & Kennard,
"Ridge regression", 1970). Origins are added one by one: at each, only days before it are known.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.intelligence.forecasts.points import AHEAD, HORIZON, weekdays

Floats = NDArray[np.float64]

PENALTY = 8.0
FEWEST_ROWS = 60
"""Rows from which on the regression says anything."""
SMALL = 0.5
"""Added to amounts before the logarithm, so that days without any can be told."""
MOST = 1.5
"""The farthest from the mean that it goes, as a logarithm."""


def features(y: Floats, holidays: Floats) -> Floats:
    """What is known at an origin of each series and day ahead: series × 28 × features.

    `holidays` (series × (days + 28)) tells which share of a series' days is a public holiday.
    """
    days = y.shape[1]
    base = y[:, -28:].mean(axis=1)

    def log_share(part: Floats) -> Floats:
        return np.asarray(np.log((part + SMALL) / (base + SMALL)))

    week = log_share(y[:, -7:].mean(axis=1))
    before = log_share(y[:, -14:-7].mean(axis=1))
    last = log_share((y[:, -3:] / weekdays(y)[:, -3:]).mean(axis=1))
    quarter = log_share(y[:, -56:].mean(axis=1))
    shape = np.log(weekdays(y))[:, AHEAD % 7]
    resting = holidays[:, days - 28 : days].mean(axis=1)
    free = holidays[:, days : days + HORIZON]
    constant = np.ones((len(y), HORIZON))
    same = [np.repeat(each[:, None], HORIZON, axis=1) for each in (week, before, last, quarter)]
    return np.stack([constant, *same, shape, free, resting[:, None] * constant], axis=2)


@dataclass
class Ridge:
    """What was learned so far, by horizon: the Gram matrix and the products with the targets."""

    gram: Floats = field(init=False)
    product: Floats = field(init=False)
    rows: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Nothing was learned yet."""
        self.rows = np.zeros(HORIZON, dtype=np.int64)
        self._open = False

    def learn(self, told: Floats, base: Floats, actual: Floats, horizon: int) -> None:
        """Take in what came of one horizon: features (series × features), means and amounts."""
        if not self._open:
            n = told.shape[1]
            self.gram, self.product = np.zeros((HORIZON, n, n)), np.zeros((HORIZON, n))
            self._open = True
        target = np.log((actual + SMALL) / (base + SMALL))
        # Of a series with little a day, a logarithm is mostly chance.
        weight = np.minimum(base, 50.0)[:, None] / 50.0
        self.gram[horizon] += told.T @ (told * weight)
        self.product[horizon] += (told * weight).T @ np.clip(target, -MOST, MOST)
        self.rows[horizon] += len(told)

    def forecast(self, told: Floats, base: Floats) -> Floats | None:
        """What comes (series × 28) of features; None while too little is known."""
        if not self._open or self.rows.min() * 3 < FEWEST_ROWS:
            return None
        # Neighbouring horizons are alike: each is learned of those about it, too.
        near = np.abs(AHEAD[:, None] - AHEAD[None, :]) <= 3
        gram = np.einsum("hk,kij->hij", near, self.gram)
        product = near @ self.product
        penalty = PENALTY * np.eye(told.shape[2])
        penalty[0, 0] = 1e-3
        betas = np.linalg.solve(gram + penalty, product[:, :, None])[:, :, 0]
        logs = np.clip(np.einsum("shf,hf->sh", told, betas), -MOST, MOST)
        return np.asarray(np.maximum(np.exp(logs) * (base[:, None] + SMALL) - SMALL, 0.0))
