"""What was expected of days by the origins before them, and which days lie outside of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import QUANTILES, WATCHED_LEVELS, quantile_name
from netflix_pipeline.intelligence.anomalies.band import (
    MEDIAN,
    alarms,
    beside_others,
    scores,
    widths,
)
from netflix_pipeline.intelligence.anomalies.watched import EVERY, FEWEST_PLAYS, PEOPLE_DAYS
from netflix_pipeline.intelligence.forecasts.known import Known
from netflix_pipeline.lake import Lake

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FORECASTS = "gold/forecast_daily"
COLUMNS = ("metric", "level", "key", "day", "horizon", "model", "people")


@dataclass(frozen=True)
class Judged:
    """The series of one level and metric, day by day: what came, what was expected, how far off.

    `quantiles` (series × days × quantiles) are given what came of all others, and NaN where
    nothing was said or too little is played; `scores` and `flags` are series × days.
    """

    level: str
    keys: Sequence[str]
    amounts: Floats
    quantiles: Floats
    scores: Floats
    flags: Flags
    said: Mapping[tuple[str, date], tuple[int, str, int]]
    """by series and day: how far ahead it was said, by which model, and the people behind it"""


def as_known(home: Known) -> Known:
    """The home as it was known behind its last day, nothing of later in it."""
    levels = {
        name: replace(
            level,
            amounts={metric: home.amounts(name, metric, home.days) for metric in level.amounts},
        )
        for name, level in home.levels.items()
    }
    return replace(home, levels=levels)


def said_before(lake: Lake, first: date, origin: date) -> pl.DataFrame:
    """What the origins of some days said of days before `origin`, at most 3 days ahead.

    Of each series and day what was said last. Columns: those of the table that are used, and
    event_date is not among them.
    """
    quantiles = [quantile_name(q) for q in QUANTILES]
    parts = [
        lake.read(FORECASTS, spoken, [*COLUMNS, *quantiles]).filter(
            pl.col("horizon") <= EVERY,
            pl.col("level").cast(pl.String).is_in(WATCHED_LEVELS),
            pl.col("day") < origin,
        )
        for spoken in lake.partitions(FORECASTS)
        if first <= spoken < origin
    ]
    if not parts:
        return lake.read(FORECASTS, origin, [*COLUMNS, *quantiles]).clear()
    key = ["metric", "level", "key", "day"]
    return pl.concat(parts).sort("horizon").unique(key, keep="first", maintain_order=True)


def judged_levels(home: Known, metric: str, said: pl.DataFrame, settled: int) -> list[Judged]:
    """Each level's series with their scores; of days that are not settled nothing is judged."""
    told: list[Judged] = []
    of_metric = said.filter(pl.col("metric").cast(pl.String) == metric)
    for level in WATCHED_LEVELS:
        series = home.levels[level]
        amounts = series.amounts[metric]
        rows = of_metric.filter(pl.col("level").cast(pl.String) == level)
        quantiles = _quantiles(home, level, rows)
        quantiles[:, settled:] = np.nan
        if told:
            total = told[0]
            quantiles = beside_others(
                quantiles, amounts, total.amounts[0], total.quantiles[0, :, MEDIAN]
            )
        far = scores(amounts, quantiles)
        far = far / widths(far)
        said_of = {
            (key, day): (horizon, model, people)
            for key, day, horizon, model, people in rows.select(
                "key", "day", "horizon", "model", "people"
            ).iter_rows()
        }
        told.append(Judged(level, series.keys, amounts, quantiles, far, alarms(far), said_of))
    return told


def _quantiles(home: Known, level: str, rows: pl.DataFrame) -> Floats:
    """Series × days × quantiles, of series with plays enough; NaN where nothing was said."""
    series = home.levels[level]
    plays = series.amounts["plays"][:, -PEOPLE_DAYS:].mean(axis=1)
    enough = {key for key, mean in zip(series.keys, plays, strict=True) if mean >= FEWEST_PLAYS}
    told = np.full((len(series.keys), home.days, len(QUANTILES)), np.nan)
    rows = rows.filter(pl.col("key").is_in(list(enough)), pl.col("day") >= home.first)
    at = {key: n for n, key in enumerate(series.keys)}
    index = np.array([at[key] for key in rows["key"]], dtype=np.int64)
    days = (rows["day"] - home.first).dt.total_days().to_numpy()
    told[index, days] = rows.select(quantile_name(q) for q in QUANTILES).to_numpy()
    return told
