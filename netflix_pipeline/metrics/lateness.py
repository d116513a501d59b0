"""How late a day's rows usually come, and from which day on numbers are provisional. Pure.

Lateness is measured: of rows that came, which share was there so many hours after their day's end.
A day is settled once at least 99.5 % of the rows that usually come are in, and provisional before.
Rows are the watch events that are in plays; those of a bulk load are known to have come late for
another reason, and tell nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Literal, Self

from netflix_pipeline.metrics.thresholds import least

State = Literal["settled", "provisional", "late"]
"""How complete a day is: `late` where rows came after it was settled."""

SETTLED = least(0.995)
"""The share of the rows that usually come from which on a day is settled."""
BULK_AFTER = timedelta(days=7)
"""Rows that a file brings longer after the event are of a bulk load, and not late."""
MEASURED_DAYS, TAIL_DAYS, FEWEST_DAYS = 28, 7, 7
"""The days over which lateness is measured, those after them in which rows still come, and the
fewest with rows that tell anything: a whole week."""
GRACE = timedelta(hours=1)
"""Rows that usually come within so long from now count as in: no load is on time to the minute."""

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def within_hours(late: timedelta) -> int:
    """Within how many hours after its day's end something came that was so late.

    0 on the day itself, whole hours to 24, then whole days (48, 72, …), as gold `arrival_daily` has
    them.
    """
    hours = max(0, -(-late // HOUR))
    return hours if hours <= 24 else 24 * -(-hours // 24)


def measured_days(as_of: date, first_arrival: date) -> tuple[date, date] | None:
    """The first and the last of the days over which lateness is measured; None where none is.

    The last 28 days that ended at least 7 days before the day of `as_of` began, of those after the
    first arrival: what happened before it could not come in time.
    """
    last = as_of - (TAIL_DAYS + 1) * DAY
    first = max(last - (MEASURED_DAYS - 1) * DAY, first_arrival + DAY)
    return (first, last) if first <= last else None


@dataclass(frozen=True)
class Lateness:
    """How late the rows of a day usually come.

    `shares` tells which share of them is in within so many hours after the day's end, in order; it
    is empty where that is not known.
    """

    shares: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[int, int], days: int) -> Self:
        """That of rows by the hours within which they came, over so many days that have any."""
        total = sum(rows.values())
        if days < FEWEST_DAYS or not total:
            return cls()
        hours = sorted(rows)
        sums = accumulate(rows[each] for each in hours)
        return cls({each: so_far / total for each, so_far in zip(hours, sums, strict=True)})

    @property
    def settles_within(self) -> int | None:
        """The hours after its end within which a day is settled; None where that is not known."""
        return next((hours for hours, share in self.shares.items() if share >= SETTLED), None)

    def share_in(self, day: date, as_of: datetime) -> float | None:
        """Which share of a day's rows usually is in by then; None before its end, and if unknown.

        `as_of` is in UTC.
        """
        age = as_of - _end(day)
        if not self.shares or age < timedelta():
            return None
        hours = within_hours(age + GRACE)
        return max((share for each, share in self.shares.items() if each <= hours), default=0.0)

    def provisional_from(self, as_of: datetime) -> date:
        """The first day that is not settled then: all after it are not, too. `as_of` is in UTC.

        Where lateness is not known, a day is settled once it is over.
        """
        first, settles = as_of.date(), self.settles_within or 0
        while within_hours(as_of - _end(first - DAY) + GRACE) < settles:
            first -= DAY
        return first


def _end(day: date) -> datetime:
    """The moment at which a day of UTC is over."""
    return datetime.combine(day + DAY, time(), UTC)
