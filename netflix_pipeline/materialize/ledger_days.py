"""The days of gold/ledger_daily: what came of the rows that arrived on each."""

import time
from collections.abc import Iterator
from datetime import date
from functools import partial

from netflix_pipeline.ingest.ledger import ledger
from netflix_pipeline.materialize.pending import inputs_of_day
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition, Outcome, attempt
from netflix_pipeline.transforms.gold_daily import ledger_daily

TABLE = "gold/ledger_daily"


def ledger_days(
    versions: Versions,
    days: list[date],
    *,
    anew: bool,  # noqa: ARG001  as every builder is called; these are always made anew
) -> Iterator[Outcome]:
    """The ledger of each day of arrival."""

    def make(day: date) -> ComputedPartition:
        since = time.perf_counter()
        for damaged in versions.damaged:  # nobody knows on which day that batch arrived
            raise damaged
        frame = ledger_daily(ledger(versions.lake, versions.arrivals().get(day, [])))
        inputs = inputs_of_day(versions, TABLE, day)
        return ComputedPartition(TABLE, day, frame, inputs, time.perf_counter() - since)

    for day in days:
        yield attempt(TABLE, day, partial(make, day))
