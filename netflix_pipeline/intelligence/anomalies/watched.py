"""The series of a home with what was expected of them, and how their rows came, day by day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import QUANTILES
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals
from netflix_pipeline.intelligence.forecasts.forecaster import Forecaster
from netflix_pipeline.intelligence.forecasts.known import Known
from netflix_pipeline.lake import Lake

Floats = NDArray[np.float64]

LEVELS = ("total", "country", "device")
"""Of which levels series are watched: with enough plays a day for a band that tells anything."""
EVERY = 3
"""Days between two origins: what is expected of a day was said at most so many before it."""
PEOPLE_DAYS = 28
FEWEST_PLAYS = 150.0
"""Plays a day, over the 28 before an origin, from which on a series is watched."""
QUARTERS_AN_HOUR = 4


@dataclass(frozen=True)
class Watched:
    """The series of one level: `amounts` (series × days) and what was expected of them.

    `quantiles` (series × days × quantiles) are NaN where nothing was said, or too little is played.
    """

    level: str
    keys: Sequence[str]
    amounts: Floats
    quantiles: Floats

    @property
    def days(self) -> NDArray[np.bool_]:
        """Which days (series × days) are watched."""
        return ~np.isnan(self.quantiles[..., 0])


def watched(home: Known, metric: str, days: int) -> Iterator[Watched]:
    """The series of a home, watched over its last days: each day by the newest origin before."""
    origins = list(range(home.days - days, home.days, EVERY))
    forecaster = Forecaster(home, max(origins))
    for level in LEVELS:
        series = home.levels[level]
        keys = series.keys
        told = np.full((len(keys), home.days, len(QUANTILES)), np.nan)
        for origin in origins:
            plays = series.known("plays", origin)[:, -PEOPLE_DAYS:].mean(axis=1)
            if plays.max() < FEWEST_PLAYS:
                continue
            said = forecaster.at(level, metric, origin)
            if said is None:
                continue
            for key, quantiles in zip(said.keys, said.quantiles, strict=True):
                at = keys.index(key)
                if plays[at] >= FEWEST_PLAYS:
                    ahead = min(EVERY, home.days - origin)
                    told[at, origin : origin + ahead] = quantiles[:ahead]
        yield Watched(level, keys, series.amounts[metric], told)


def came(lake: Lake, first: date, days: int) -> Arrivals:
    """How the rows of a home's days came, as if each had come on its day, and without a fault."""
    there = {
        table: [day for day in lake.partitions(table) if 0 <= (day - first).days < days]
        for table in ("gold/arrival_daily", "gold/activity")
    }
    at = (pl.col("event_date") - first).dt.total_days()
    rows, hours = np.zeros(days, dtype=np.int64), np.zeros((days, 24))
    if there["gold/arrival_daily"]:
        told = lake.read_days("gold/arrival_daily", there["gold/arrival_daily"])
        sums = told.group_by(at.alias("at")).agg(pl.col("rows").sum())
        rows[sums["at"].to_numpy()] = sums["rows"].to_numpy()
    if there["gold/activity"]:
        told = lake.read_days("gold/activity", there["gold/activity"])
        hour = (pl.col("quarter") // QUARTERS_AN_HOUR).alias("hour")
        sums = told.group_by(at.alias("at"), hour).agg(pl.col("plays").sum())
        hours[sums["at"].to_numpy(), sums["hour"].to_numpy()] = sums["plays"].to_numpy()
    none = np.zeros(days, dtype=np.int64)
    return Arrivals(rows, none, none.copy(), none.copy(), hours)
