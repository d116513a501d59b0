"""The days of gold/arrival_daily: when the watch events of each came."""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

from netflix_pipeline.lake import Share
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.shards import frames_of_shares
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
        frames = frames_of_shares(versions, arrivals_of_share, [TABLE], [day], shares)
        frame = arrival_daily.added(list(frames))
        inputs = inputs_of_day(versions, TABLE, day)
        return ComputedPartition(TABLE, day, frame, inputs, time.perf_counter() - since)

    for day in days:
        yield attempt(TABLE, day, partial(make, day))


def arrivals_of_share(
    versions: Versions, tables: Sequence[str], days: Sequence[date], share: Share
) -> Iterator[ComputedPartition]:
    """The sums of a share of each day's events."""
    (table,) = tables
    for day in days:
        since = time.perf_counter()
        sums = arrival_daily.of(versions.rows(EVENTS, day, COLUMNS, share))
        yield ComputedPartition(table, day, sums, {}, time.perf_counter() - since)
