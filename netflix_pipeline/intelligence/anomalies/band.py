"""Which days lie outside what was expected of them, by the quantiles of an origin before.

The score of a day is how far it lies from the median, in standard deviations of a normal
distribution that has the quantiles of its side, and then by how far the days before have been from
theirs. Rules of k of n points are those of control charts (Western Electric, Statistical Quality
Control Handbook, 1956): one far out, or two of three.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import QUANTILES

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MEDIAN = QUANTILES.index(0.5)
SIDES = {
    -1: ((QUANTILES.index(0.1), 1.2816), (QUANTILES.index(0.2), 0.8416)),
    1: ((QUANTILES.index(0.9), 1.2816), (QUANTILES.index(0.8), 0.8416)),
}
"""By side: the quantiles that tell how wide it is, each with its distance in the normal one.

The outermost are left out: a few launches in half a year would make them wide for good."""
NARROWEST = 0.02
"""No band is taken to be narrower, as a share of its median: quantiles of few days can be."""

MOVES = 0.5, 2.0
"""How far others can move what is expected of a value, as factors."""
LEARNED, FEWEST = 56, 21
"""Days before by whose scores a day's is calibrated, and the fewest that tell anything."""
WIDER = 0.5, 2.0
"""How far that can go, as factors of a band."""


@dataclass(frozen=True)
class Rule:
    """Days are anomalous at a score of `far`, or of `near` on `k` of `n` days, to one side."""

    far: float = 3.2
    near: float = 2.2
    k: int = 2
    n: int = 3


RULE = Rule()


def spreads(quantiles: Floats, side: int) -> Floats:
    """One standard deviation to a side (-1 below, 1 above), from series × days × quantiles."""
    middle = quantiles[..., MEDIAN]
    told = [np.abs(quantiles[..., at] - middle) / far for at, far in SIDES[side]]
    narrowest = np.maximum(NARROWEST * middle, 1e-9)
    return np.asarray(np.maximum(np.max(told, axis=0), narrowest))


def scores(actual: Floats, quantiles: Floats) -> Floats:
    """How far days lie from the median, below it as less than 0; NaN where nothing was said."""
    middle = quantiles[..., MEDIAN]
    below, above = spreads(quantiles, -1), spreads(quantiles, 1)
    return np.asarray((actual - middle) / np.where(actual < middle, below, above))


def beside_others(quantiles: Floats, actual: Floats, total: Floats, expected: Floats) -> Floats:
    """What was expected of values, given what came of all others: series × days × quantiles.

    Where all values move alike, that is told of the total, and not of each. `actual` is series ×
    days; `total` and `expected` (its median) are by day. A value's own change moves nothing.
    """
    others = expected - quantiles[..., MEDIAN]
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(others > 0, (total - actual) / others, 1.0)
    return np.asarray(quantiles * np.clip(moved, *MOVES)[..., None])


def widths(before: Floats) -> Floats:
    """How wide scores (series × days) have been, in standard deviations, as known at each day.

    Of a day count those of 56 days that were over when the oldest origin that speaks of it was
    made. 1.4826 times the median of absolute values is a standard deviation that few bad days do
    not move (Hampel, "The influence curve and its role in robust estimation", 1974).
    """
    told = np.ones(before.shape)
    for day in range(before.shape[-1]):
        known = np.abs(before[:, max(0, day - LEARNED - RULE.n + 1) : max(0, day - RULE.n + 1)])
        enough = (~np.isnan(known)).sum(axis=-1) >= FEWEST
        if enough.any():
            told[enough, day] = 1.4826 * np.nanmedian(known[enough], axis=-1)
    return np.asarray(np.clip(told, *WIDER))


def alarms(scored: Floats, rule: Rule = RULE) -> Flags:
    """Which days (last axis) are anomalous by a rule; unknown scores never are."""
    days = scored.shape[-1]
    found = np.zeros(scored.shape, dtype=bool)
    for side in (-1, 1):
        toward = np.nan_to_num(side * scored)
        near = toward >= rule.near
        sums = np.cumsum(np.concatenate([np.zeros((*near.shape[:-1], 1)), near], axis=-1), axis=-1)
        found |= toward >= rule.far
        for first in range(days):
            last = min(first + rule.n, days)
            enough = sums[..., last] - sums[..., first] >= rule.k
            found[..., first:last] |= near[..., first:last] & enough[..., None]
    return found


def events(flags: Flags, apart: int = RULE.n) -> list[tuple[int, int]]:
    """The anomalous days of one series as events: first and last, with fewer than `apart` between.

    Each is one thing to look at, however many days it takes.
    """
    told: list[tuple[int, int]] = []
    for day in np.flatnonzero(flags).tolist():
        if told and day - told[-1][1] <= apart:
            told[-1] = told[-1][0], day
        else:
            told.append((day, day))
    return told
