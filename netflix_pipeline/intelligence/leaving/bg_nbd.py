"""BG/NBD: buying until one quits, known by frequency and recency alone. Pure numpy.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, “Counting Your Customers” the Easy Way: An
Alternative to the Pareto/NBD Model, Marketing Science 24, 2005. While somebody is there, their days
come at a rate that is Gamma(r, α) over people; after each, they quit with a chance that is
Beta(a, b).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma

import numpy as np

from netflix_pipeline.intelligence.leaving.logistic import Floats

MOST_STEPS = 400


@dataclass(frozen=True)
class BgNbd:
    """The four parameters: r and α of the rate a day, a and b of the chance to quit."""

    r: float
    alpha: float
    a: float
    b: float

    def none_within(self, x: Floats, t_x: Floats, t: Floats, days: float) -> Floats:
        """The probability of no day with a play within so many days from now on.

        `x` is the number of days after the first, `t_x` when the last of them was, `t` now: days
        since the first. 1 − P(alive)·(1 − ((α + T) / (α + T + days))^(r + x)), with
        P(alive) = 1 / (1 + [x > 0]·a / (b + x − 1)·((α + T) / (α + t_x))^(r + x)).
        """
        power = self.r + x
        odds = self.a / np.maximum(self.b + x - 1, 1e-9)
        gone = odds * ((self.alpha + t) / (self.alpha + t_x)) ** power
        alive = 1 / (1 + np.where(x > 0, gone, 0.0))
        none = ((self.alpha + t) / (self.alpha + t + days)) ** power
        return np.asarray(1 - alive * (1 - none))


def fit(x: Floats, t_x: Floats, t: Floats) -> BgNbd:
    """The parameters of the largest likelihood, by the simplex of Nelder and Mead over their logs.

    Source: J. A. Nelder, R. Mead, A Simplex Method for Function Minimization, 1965.
    """
    values, at = np.unique(x, return_inverse=True)

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(np.clip(logs, -12, 12))
        counted = np.array([lgamma(r + each) for each in values])[at] - lgamma(r)
        beta = _log_beta(a, b)
        stays = np.array([_log_beta(a, b + each) for each in values])[at] - beta
        quits = np.array([_log_beta(a + 1, b + max(each, 1) - 1) for each in values])[at] - beta
        there = stays - (r + x) * np.log(alpha + t)
        gone = np.where(x > 0, quits - (r + x) * np.log(alpha + t_x), -np.inf)
        return float(-np.mean(counted + r * np.log(alpha) + np.logaddexp(there, gone)))

    r, alpha, a, b = np.exp(_simplex(loss, np.array([0.0, 1.0, -1.0, 1.0])))
    return BgNbd(float(r), float(alpha), float(a), float(b))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _simplex(loss: Callable[[Floats], float], start: Floats) -> Floats:
    n = len(start)
    points = [start, *(start + step for step in np.eye(n))]
    losses = [loss(point) for point in points]
    for _ in range(MOST_STEPS):
        order = np.argsort(losses)
        points, losses = [points[i] for i in order], [losses[i] for i in order]
        if losses[-1] - losses[0] < 1e-8:
            break
        centre = np.mean(points[:-1], axis=0)
        tried = centre + (centre - points[-1])
        value = loss(tried)
        if value < losses[0]:
            further = centre + 2 * (centre - points[-1])
            if (at := loss(further)) < value:
                tried, value = further, at
        elif value >= losses[-2]:
            nearer = centre + 0.5 * (points[-1] - centre)
            if (at := loss(nearer)) < min(value, losses[-1]):
                tried, value = nearer, at
            else:
                points = [points[0], *(points[0] + 0.5 * (p - points[0]) for p in points[1:])]
                losses = [losses[0], *(loss(point) for point in points[1:])]
                continue
        points[-1], losses[-1] = tried, value
    return points[int(np.argmin(losses))]
