"""The days of gold/arrival_daily: when the watch events of each came."""

import time
from collections.abc import Iterator
from datetime import date
from functools import partial

from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition, Outcome, attempt
from netflix_pipeline.transforms.gold_daily import arrival_daily

TABLE, EVENTS = "gold/arrival_daily", "bronze/watch_events"
COLUMNS = ("user_id", "event_time", "kind", "source", "received_at")
"""The few of an event that tell; a day's events have many more."""


def arrival_days(
    versions: Versions,
    days: list[date],
    *,
    anew: bool,  # noqa: ARG001  as every builder is called; these are always made anew
) -> Iterator[Outcome]:
    """When the events of each day came."""

    def make(day: date) -> ComputedPartition:
        since = time.perf_counter()
        shares = versions.shares(EVENTS, [day])
        rows = (versions.rows(EVENTS, day, COLUMNS, share) for share in shares)
        frame = arrival_daily.added([arrival_daily.of(of_some) for of_some in rows])
        inputs = inputs_of_day(versions, TABLE, day)
        return ComputedPartition(TABLE, day, frame, inputs, time.perf_counter() - since)

    for day in days:
        yield attempt(TABLE, day, partial(make, day))
