"""The forecasts of one metric of one level at many past origins, and what is said at each.

At an origin everything follows from rows that were known then: the models' forecasts, how wrong
each has been at the origins before (where what came is known by now), the weights by which they are
combined, and how far from the combination the days turned out to be: its quantiles.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import QUANTILES
from netflix_pipeline.intelligence.forecasts.calendar import holiday_effect
from netflix_pipeline.intelligence.forecasts.points import (
    FEWEST,
    HORIZON,
    NAIVE,
    simple,
    smoothings,
)
from netflix_pipeline.intelligence.forecasts.ridge import Ridge, features

Floats = NDArray[np.float64]

COMBINATION = "combination"
MEMBERS = ("ridge", "smoothing 0.05")
"""The models that are combined: more of them were no better."""
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    COMBINATION: MEMBERS,
    **{
        name: (name,)
        for name in ("ridge", "smoothing 0.05", "theta", "weekday mean", "month mean", NAIVE)
    },
}
"""What can be said at an origin, by its name, and the models of which it is made."""
HALF_LIFE = 75.0
"""Days after which an error counts half."""
SHARPNESS = 6.0
"""How much better a model must be to weigh more: weights go with the error to the minus this."""
BLOCKS = ((0, 7), (7, 14), (14, 28))
"""Days ahead that have weights of their own."""
REMEMBERED = 182
"""Days back from which residuals are taken."""
FEW = 64
"""Series up to which each has quantiles of its own."""
BINS = 8
"""Bins by size in which the residuals of many series lie together."""
NEAR = 3
"""Days ahead by which the residuals of a horizon reach to both sides."""
POWER = 0.75
"""The error of many small series grows with their size to this power."""


@dataclass
class Panel:
    """A level's metric: `known(at)` gives its amounts (series × days) as known at an origin.

    `holidays` (series × (days + 28)) tells which share of a series has a public holiday on a day.
    `origins` are counted in days from the first; what came of them is told as known at the last.
    """

    known: Callable[[int], Floats]
    holidays: Callable[[int], Floats]
    origins: Sequence[int]
    points: dict[str, Floats] = field(init=False)
    """By model: origins × series × 28."""

    def __post_init__(self) -> None:
        """Let all models speak at all origins, in their order."""
        ridge, told, bases = Ridge(), list[Floats](), list[Floats]()
        made, scale = dict[str, list[Floats]](), list[Floats]()
        learned = [0] * len(self.origins)
        for n, at in enumerate(self.origins):
            y = self.known(at)
            for m, earlier in enumerate(self.origins[:n]):
                upto = min(HORIZON, at - earlier)
                for ahead in range(learned[m], upto):
                    ridge.learn(told[m][:, ahead], bases[m], y[:, earlier + ahead], ahead)
                learned[m] = max(learned[m], upto)
            told.append(features(y, self.holidays(at)))
            bases.append(y[:, -28:].mean(axis=1))
            scale.append(np.maximum(np.abs(np.diff(y[:, -56:], axis=1)).mean(axis=1), 1e-9))
            for name, points in {**simple(y), **_smoothings(y, self.holidays(at))}.items():
                made.setdefault(name, []).append(points)
            by_ridge = ridge.forecast(told[-1], bases[-1])
            made.setdefault("ridge", []).append(
                made["smoothing 0.15"][-1] if by_ridge is None else by_ridge
            )
        self.points = {name: np.stack(points) for name, points in made.items()}
        self.came = self.actual(y)
        self.scale = np.stack(scale)
        self.last = y

    def actual(self, y: Floats) -> Floats:
        """What came of each origin, as known at the last: origins × series × 28; else NaN."""
        days = np.asarray(self.origins)[:, None] + np.arange(HORIZON)
        padded = np.concatenate([y, np.full((len(y), HORIZON), np.nan)], axis=1)
        return np.asarray(padded[:, days].transpose(1, 0, 2))

    def weights(self, models: Sequence[str]) -> Floats:
        """What each model weighs at each origin, by days ahead: models × origins × 28.

        By what each missed until then, in shares of a series' daily change, the newest the most.
        """
        at = np.asarray(self.origins)
        missed = np.stack(
            [
                (np.abs(self.points[name] - self.came) / self.scale[:, :, None]).mean(axis=1)
                for name in models
            ]
        )
        age = at[:, None] - at[None, :]
        counts = (age[:, :, None] > np.arange(HORIZON)) * 0.5 ** (
            np.maximum(age, 0)[:, :, None] / HALF_LIFE
        )
        weights = np.full((len(models), len(at), HORIZON), 1 / len(models))
        for first, last in BLOCKS:
            block = np.nan_to_num(missed[:, :, first:last])
            lost = np.einsum("nmh,kmh->kn", counts[:, :, first:last], block)
            some = lost.min(axis=0) > 0
            share = (lost[:, some] / lost[:, some].min(axis=0)) ** -SHARPNESS
            weights[:, some, first:last] = (share / share.sum(axis=0))[:, :, None]
        return weights

    def said(self, candidate: str) -> Floats:
        """What a candidate says at each origin: origins × series × 28."""
        models = CANDIDATES[candidate]
        if len(models) == 1:
            return self.points[models[0]]
        weights = self.weights(models)
        parts = (weights[k][:, None] * self.points[name] for k, name in enumerate(models))
        return np.asarray(sum(parts))

    def best(self) -> str:
        """The candidate that missed the least until the last origin, the newest the most.

        The combination, while nothing has come of what was said.
        """
        age = self.origins[-1] - np.asarray(self.origins)
        fresh = 0.5 ** (age / HALF_LIFE)
        missed = {name: self._missed(self.said(name), fresh) for name in CANDIDATES}
        return min(missed, key=lambda name: missed[name])

    def _missed(self, said: Floats, fresh: Floats) -> float:
        wrong = (np.abs(said - self.came) / self.scale[:, :, None]).mean(axis=1)
        return float(np.nansum(wrong * fresh[:, None]))

    def until(self, n: int) -> "Panel":
        """The same as it was at an earlier origin, of which nothing had come."""
        earlier = copy(self)
        earlier.origins = self.origins[: n + 1]
        earlier.points = {name: points[: n + 1] for name, points in self.points.items()}
        earlier.last = self.known(self.origins[n])
        earlier.came = earlier.actual(earlier.last)
        earlier.scale = self.scale[: n + 1]
        return earlier

    def fan(self, candidate: str) -> Floats:
        """The quantiles of a candidate at the last origin: series × 28 × quantiles."""
        said = self.said(candidate)
        old = np.asarray(self.origins) >= self.origins[-1] - REMEMBERED - HORIZON
        return _spread(said[-1], self.last, said[old], self.came[old])


def _smoothings(y: Floats, holidays: Floats) -> dict[str, Floats]:
    """The forecasts of smoothing and Theta, of what is left without holidays."""
    days = y.shape[1]
    factor = 1 + holiday_effect(y, holidays[:, :days]) * holidays
    made = smoothings(y / factor[:, :days])
    return {name: points * factor[:, days:] for name, points in made.items()}


def _spread(point: Floats, y: Floats, said: Floats, came: Floats) -> Floats:
    """Quantiles about a point, of how far what was said before was from what came.

    Residuals are told in shares of a size: of what was said itself, where each series is large
    enough for quantiles of its own, else of a power of it, and series of like size lie together.
    """
    own = len(point) <= FEW
    floor = 0.05 * y[:, -28:].mean(axis=1, keepdims=True) + (1e-6 if own else 0.5)

    def size(of: Floats) -> Floats:
        return np.asarray(
            np.maximum(of, np.broadcast_to(floor, of.shape)) ** (1.0 if own else POWER)
        )

    residuals = (came - said) / size(said)
    if np.isnan(residuals).all():
        spread = 0.3 * np.array(NORMAL)
        return np.asarray(np.maximum(point[:, :, None] + size(point)[:, :, None] * spread, 0))
    told = np.empty((*point.shape, len(QUANTILES)))
    for group in [np.array([s]) for s in range(len(point))] if own else _bins(y):
        of_group = residuals[:, group]
        for horizon in range(HORIZON):
            near = of_group[:, :, max(0, horizon - NEAR) : horizon + NEAR + 1].ravel()
            near = near[~np.isnan(near)]
            if len(near) < 8:
                near = of_group[~np.isnan(of_group)]
            near.sort()
            spread = np.interp(QUANTILES, (np.arange(len(near)) + 0.5) / len(near), near)
            told[group, horizon] = (
                point[group, horizon, None] + size(point)[group, horizon, None] * spread
            )
    return np.asarray(np.maximum(told, 0.0))


NORMAL = (-1.96, -1.28, -0.84, -0.67, -0.52, -0.25, 0, 0.25, 0.52, 0.67, 0.84, 1.28, 1.96)
"""The quantiles of the normal distribution: while nothing has come yet of what was said."""


def _bins(y: Floats) -> list[NDArray[np.int64]]:
    order = np.argsort(y[:, -28:].mean(axis=1), kind="stable")
    return [np.asarray(part) for part in np.array_split(order, BINS) if len(part)]


def origins_until(at: int, step: int, most: int) -> list[int]:
    """Origins up to one, each `step` days before the next, that have days enough behind them."""
    count = min(most, (at - FEWEST) // step + 1)
    return [at - step * n for n in range(count)][::-1] if at >= FEWEST else []
