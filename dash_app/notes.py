"""What to know of single days: what people say of them, and what their numbers lack. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dash_app import formats
from netflix_pipeline.serving import ArrivalDay, Period, SnapshotInfo
from netflix_pipeline.state import KINDS, Annotation

WORTH_A_WORD = 0.01
"""Share of a day's arrivals in quarantine from which it is told."""


@dataclass(frozen=True)
class Note:
    """Something to know about a day; `kind` is `event`, or `incomplete` where numbers lack."""

    day: date
    text: str
    kind: str = "event"


def of_people(annotations: Iterable[Annotation], period: Period) -> Iterator[Note]:
    """What people said of the days of a period."""
    for each in annotations:
        if period.from_ <= each.day <= period.to:
            yield Note(each.day, f"{KINDS.get(each.kind, each.kind)}: {each.text}")


def of_data(info: SnapshotInfo, arrivals: Iterable[ArrivalDay], period: Period) -> Iterator[Note]:
    """What the numbers of a period's days lack, from what arrived of watch events.

    The last day with data while it is not over; days of which a share of the arrivals is in
    quarantine; days of whose arrivals rows are missing.
    """
    last = info.data_to
    if last is not None and period.from_ <= last <= period.to and not is_over(last, info.as_of):
        yield Note(
            last,
            f"Not over yet: the newest record is of {formats.moment(info.as_of)}.",
            "incomplete",
        )
    received: dict[date, int] = defaultdict(int)
    quarantined: dict[date, int] = defaultdict(int)
    missing: dict[date, int] = defaultdict(int)
    for each in arrivals:
        received[each.day] += each.received
        quarantined[each.day] += each.quarantined
        missing[each.day] += abs(each.missing)
    for day in sorted(received):
        if not period.from_ <= day <= period.to:
            continue
        share = quarantined[day] / received[day] if received[day] else 0
        if share >= WORTH_A_WORD:
            told = f"{formats.percent(share)} of {formats.number(received[day])} rows"
            yield Note(day, f"{told} that arrived on this day are in quarantine.", "incomplete")
        if missing[day]:
            told = formats.number(missing[day])
            yield Note(day, f"{told} rows that arrived on this day are missing.", "incomplete")


def is_over(day: date, as_of: datetime | None) -> bool:
    """Whether the newest record came after the end of a UTC day."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    return as_of is not None and as_of >= end
