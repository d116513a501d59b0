"""A few days of viewing, three events each."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from netflix_pipeline.lake import Lake

FIRST = date(2026, 1, 5)
HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"

RUNNING = """
import sys, time
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.run_locks import running
from netflix_pipeline.settings import Settings
with open_instance(Settings()) as instance, running(instance, sys.argv[1]):
    print("begun", flush=True)
    time.sleep(600)
"""
"""A process that works at a run of Dagster's until it is killed."""

Watch = Callable[[Sequence[date]], None]
"""What the fixture `watched` gives."""


def events_of(days: Sequence[date]) -> str:
    """A file of three events a day, by two people."""
    rows = [
        f"{day}-{number},u{number % 2},t{number},{day}T{20 + number}:00:00Z,stopped,{1800 + number}"
        for day in days
        for number in range(3)
    ]
    return "\n".join([HEADER, *rows, ""])


def from_day(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def damage(lake: Lake, day: date) -> None:
    """Put the events a second time, as another person's, behind ingest's back into the stored."""
    (file,) = lake.batch_files("bronze/watch_events", day)
    frame = lake.read("bronze/watch_events", day)
    frame = pl.concat([frame, frame.with_columns(user_id=pl.lit("somebody-else"))])
    reach = lake.bronze_reach(day)
    lake.append("bronze/watch_events", day, file.stem, frame, reach=reach)
