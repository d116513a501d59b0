"""Gaps told apart by the values of a dimension, from what is counted by day and dimensions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property

import numpy as np
import polars as pl

from netflix_pipeline.contracts.origins import PART_DIMENSIONS
from netflix_pipeline.intelligence.anomalies.contributions import Part, parts, usual_amounts
from netflix_pipeline.intelligence.anomalies.verdict import Anomaly
from netflix_pipeline.intelligence.forecasts.known import FEWEST_PEOPLE, Known
from netflix_pipeline.lake import Lake

ENGAGEMENT = "gold/engagement_daily"
AMOUNTS = {
    "hours_viewed": pl.col("watch_seconds") / 3600,
    "plays": pl.col("plays"),
    "views": pl.col("views"),
}
"""The metrics that add up, by what adds up of them."""
LOOKED_BACK = 5 * 7
"""Days before an event from which is known what is usual."""
OTHERS = "others"
"""Values of fewer than 10 people, together: what is told of one could be about one of them."""


class Gaps:
    """What made up the gaps of a home's days."""

    def __init__(self, lake: Lake, home: Known) -> None:
        self.lake = lake
        self.home = home

    @cached_property
    def _large(self) -> dict[str, set[str]]:
        """The values of each dimension that people enough watch."""
        told = {}
        for name in PART_DIMENSIONS:
            level = self.home.levels[name]
            people = level.people(self.home.days)
            told[name] = {
                key for key, n in zip(level.keys, people, strict=True) if n >= FEWEST_PEOPLE
            }
        return told

    def of(self, metric: str, anomaly: Anomaly) -> Mapping[str, Sequence[Part]]:
        """By dimension, what each value added to the gap; nothing where amounts do not add up."""
        if metric not in AMOUNTS:
            return {}
        start = anomaly.first - timedelta(days=LOOKED_BACK)
        there = self.lake.partitions(ENGAGEMENT)
        days = [day for day in there if start <= day <= anomaly.last]
        length = (anomaly.last - start).days + 1
        if not days:
            return {}
        rows = self.lake.read_days(ENGAGEMENT, days)
        if anomaly.level != "total":
            rows = rows.filter(pl.col(anomaly.level).cast(pl.String) == anomaly.key)
        told = {}
        for name in PART_DIMENSIONS:
            if name != anomaly.level:
                told[name] = self._of_dimension(rows, name, metric, anomaly, length)
        return {name: each for name, each in told.items() if each}

    def _of_dimension(
        self, rows: pl.DataFrame, name: str, metric: str, anomaly: Anomaly, length: int
    ) -> Sequence[Part]:
        value = pl.col(name).cast(pl.String)
        start = anomaly.last - timedelta(days=length - 1)
        sums = rows.group_by(
            value=pl.when(value.is_in(list(self._large[name])))
            .then(value)
            .otherwise(pl.lit(OTHERS)),
            at=(pl.col("event_date") - start).dt.total_days(),
        ).agg(AMOUNTS[metric].sum().alias("amount"))
        values = sums["value"].unique().sort().to_list()
        amounts = np.zeros((len(values), length))
        index = {value: n for n, value in enumerate(values)}
        for value_, at, amount in sums.rows():
            amounts[index[value_], at] = amount
        first = (anomaly.first - start).days
        came = amounts[:, first:].sum(axis=1)
        if came.sum() > 0:
            # What was not known then, or is scaled up to what is usually still to come.
            came = came * (anomaly.actual / came.sum())
        elif anomaly.actual:
            return ()
        return parts(values, usual_amounts(amounts, first, length - 1), came, anomaly.expected)
