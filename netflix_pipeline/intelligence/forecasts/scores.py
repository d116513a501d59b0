"""How good forecasts were: errors in shares of a scale that every series has of its own.

MASE and RMSSE divide by what the seasonal naive forecast of a day ahead of a week missed within the
history (Hyndman & Koehler, "Another look at measures of forecast accuracy", 2006; RMSSE as in M5).
WQL is twice the mean pinball loss over the quantiles 0.1 to 0.9, in shares of what came. Series are
taken together by the mean of scaled scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import QUANTILES

Floats = NDArray[np.float64]

TENTHS = [QUANTILES.index(n / 10) for n in range(1, 10)]
MEDIAN = QUANTILES.index(0.5)
BANDS = {50: (0.25, 0.75), 80: (0.1, 0.9), 95: (0.025, 0.975)}
"""The bounds of the bands whose coverage is told, by per cent."""


@dataclass(frozen=True)
class Scored:
    """The scores of one model at one origin, by series (of `bands` by series and band)."""

    mase: Floats
    rmsse: Floats
    lost: Floats
    """Mean pinball loss × 2."""
    came: Floats
    """Mean of what came."""
    inside: Floats
    bias: Floats
    """Mean of (median − what came)."""


def scales(y: Floats) -> tuple[Floats, Floats]:
    """Mean absolute and root mean squared error of the week before, within a history (series).

    Over the last year; NaN of a series in which every week is like the one before.
    """
    wrong = y[:, -365:][:, 7:] - y[:, -365:][:, :-7]
    mean = np.abs(wrong).mean(axis=1)
    root = np.sqrt((wrong**2).mean(axis=1))
    return np.where(mean > 0, mean, np.nan), np.where(root > 0, root, np.nan)


def scored(quantiles: Floats, came: Floats, history: Floats) -> Scored:
    """The scores of quantiles (series × days × quantiles) of what came (series × days)."""
    mean, root = scales(history)
    middle = quantiles[:, :, MEDIAN]
    levels = np.array([QUANTILES[k] for k in TENTHS])
    off = came[:, :, None] - quantiles[:, :, TENTHS]
    pinball = np.maximum(levels * off, (levels - 1) * off)
    inside = [
        (quantiles[:, :, QUANTILES.index(low)] <= came)
        & (came <= quantiles[:, :, QUANTILES.index(high)])
        for low, high in BANDS.values()
    ]
    return Scored(
        mase=np.abs(came - middle).mean(axis=1) / mean,
        rmsse=np.sqrt(((came - middle) ** 2).mean(axis=1)) / root,
        lost=2 * pinball.mean(axis=(1, 2)),
        came=came.mean(axis=1),
        inside=np.stack([each.mean(axis=1) for each in inside], axis=1),
        bias=(middle - came).mean(axis=1),
    )


def skill(
    ours: Sequence[Floats], theirs: Sequence[Floats], seed: int = 1
) -> tuple[float, float, float]:
    """1 − our error ÷ theirs, with the bounds of a 95 % interval: (skill, low, high).

    Errors are scaled ones by origin and series. Origins are drawn anew in blocks of two, because
    neighbours look at some of the same days, and all series of an origin with it.
    """
    a = np.array([np.nanmean(each) for each in ours])
    b = np.array([np.nanmean(each) for each in theirs])
    rng = np.random.default_rng(seed)
    n = len(a)
    begin = rng.integers(0, n, (2_000, -(-n // 2)))
    drawn = np.concatenate([begin, (begin + 1) % n], axis=1)[:, :n]
    ratios = 1 - a[drawn].sum(axis=1) / b[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(1 - a.sum() / b.sum()), float(low), float(high)
