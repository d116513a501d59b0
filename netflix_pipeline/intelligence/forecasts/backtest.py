"""How good forecasts would have been, at origins of the past, each with what was known then.

At each origin series are those that had people enough then, and everything is fitted anew. What is
scored as `as told` is the model that had been the best until that origin, which is what would have
been said. What came is told as it is known now.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import FORECAST_METRICS, LEVELS
from netflix_pipeline.intelligence.forecasts.forecaster import Forecaster
from netflix_pipeline.intelligence.forecasts.known import Known
from netflix_pipeline.intelligence.forecasts.panel import COMBINATION, Panel
from netflix_pipeline.intelligence.forecasts.points import FEWEST, HORIZON, NAIVE
from netflix_pipeline.intelligence.forecasts.scores import Scored, scored, skill

Floats = NDArray[np.float64]

AS_TOLD = "as told"
SIMPLE = (NAIVE, "weekday mean", "month mean")
"""The forecasts that anybody can make: the best of them is hard to beat."""
JUDGED = (COMBINATION, "ridge", "smoothing 0.05", "theta", *SIMPLE)
ORIGINS, APART = 12, 14
"""Origins that are looked at, and the days between two."""
FEWEST_ORIGINS = 4
"""Of fewer nothing is told: they are too few for an interval."""


@dataclass(frozen=True)
class Judged:
    """The scores of a model over all origins, as the columns of gold `forecast_accuracy` say."""

    metric: str
    level: str
    model: str
    origins: int
    series: int
    mase: float
    rmsse: float
    wql: float
    coverage_50: float
    coverage_80: float
    coverage_95: float
    bias: float
    skill: float
    skill_low: float
    skill_high: float
    over_best: float
    over_best_low: float
    over_best_high: float


def backtest(
    home: Known,
    until: int,
    origins: int = ORIGINS,
    levels: Sequence[str] = LEVELS,
    metrics: Sequence[str] = FORECAST_METRICS,
) -> list[Judged]:
    """Judge the forecasts at origins before a day (counted from the first), two weeks apart."""
    last = until - HORIZON
    looked_at = [at for n in range(origins) if (at := last - APART * n) >= 2 * FEWEST][::-1]
    if len(looked_at) < FEWEST_ORIGINS:
        return []
    forecaster = Forecaster(home, until)
    return [
        judged
        for level in levels
        for metric in metrics
        for judged in _judged(forecaster, level, metric, looked_at)
    ]


def _judged(
    forecaster: Forecaster, level: str, metric: str, origins: Sequence[int]
) -> Iterator[Judged]:
    found: dict[str, list[Scored]] = defaultdict(list)
    amounts, series = forecaster.home.levels[level].amounts[metric], 0
    for at, chosen, panel in _panels(forecaster, level, metric, origins):
        came = amounts[chosen, at : at + HORIZON]
        history = forecaster.home.amounts(level, metric, at)[chosen]
        fans = {name: scored(panel.fan(name), came, history) for name in JUDGED}
        for name, scores in {AS_TOLD: fans[panel.best()], **fans}.items():
            found[name].append(scores)
        series = len(chosen)
    if not found or all(np.isnan(each.mase).all() for each in found[NAIVE]):
        return
    best = min(SIMPLE, key=lambda name: float(np.nanmean(_together(found[name], "mase"))))
    for name in found:
        yield _row(metric, level, name, series, found, best)


def _panels(
    forecaster: Forecaster, level: str, metric: str, origins: Sequence[int]
) -> Iterator[tuple[int, NDArray[np.int64], Panel]]:
    """Each origin with its series and panel; of origins with the same series one panel is made."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at in origins:
        groups[tuple(forecaster.series(level, at).tolist())].append(at)
    for chosen, those in groups.items():
        series = np.array(chosen, dtype=np.int64)
        panel = forecaster.panel(level, metric, series, those[-1])
        for at in those:
            if panel is not None and at in panel.origins:
                yield at, series, panel.until(panel.origins.index(at))


def _together(scores: Sequence[Scored], name: str) -> Floats:
    return np.concatenate([getattr(each, name) for each in scores])


def _row(
    metric: str,
    level: str,
    model: str,
    series: int,
    found: Mapping[str, Sequence[Scored]],
    best: str,
) -> Judged:
    scores = found[model]
    came = max(float(_together(scores, "came").sum()), 1e-9)
    inside_50, inside_80, inside_95 = _together(scores, "inside").mean(axis=0).tolist()
    ours = [each.mase for each in scores]
    over_naive = skill(ours, [each.mase for each in found[NAIVE]])
    over_best = skill(ours, [each.mase for each in found[best]])
    return Judged(
        metric=metric,
        level=level,
        model=model,
        origins=len(scores),
        series=series,
        mase=float(np.nanmean(_together(scores, "mase"))),
        rmsse=float(np.nanmean(_together(scores, "rmsse"))),
        wql=float(_together(scores, "lost").sum()) / came,
        coverage_50=inside_50,
        coverage_80=inside_80,
        coverage_95=inside_95,
        bias=float(_together(scores, "bias").sum()) / came,
        skill=over_naive[0],
        skill_low=over_naive[1],
        skill_high=over_naive[2],
        over_best=over_best[0],
        over_best_low=over_best[1],
        over_best_high=over_best[2],
    )
