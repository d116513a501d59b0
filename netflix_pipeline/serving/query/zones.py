"""Clocks of time zones in quarters of an hour, and which days of a zone and of UTC meet.

Quarters are counted from 1970-01-01T00:00Z. Every zone's clock has stood whole quarters off UTC
since long before 2000, which is as early as an event can be: sums of UTC quarters are therefore
exact in all of them, whatever their offset, but for the quarter within which a clock was changed,
as in Newfoundland at a minute past midnight until 2011.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from netflix_pipeline.serving.answer import Period

SECONDS = 900
QUARTERS = 96
"""Of a day."""
LOOK_EVERY = 24
"""Quarters between two looks at a zone's offset; no two changes of one lie so close."""
A_DAY = timedelta(days=1)
AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Offsets:
    """A zone's offsets: from quarter `begins[n]` on its clock is `shifts[n]` quarters ahead."""

    begins: tuple[int, ...]
    shifts: tuple[int, ...]


@lru_cache(256)
def offsets_of(zone: ZoneInfo, period: Period) -> Offsets:
    """The offsets of a zone around its days of the period."""
    first, past = midnight(period.from_) - 2 * QUARTERS, midnight(period.to) + 3 * QUARTERS
    begins, shifts = [first], [shift(zone, first)]
    for look in range(first, past, LOOK_EVERY):
        before, after = look, look + LOOK_EVERY
        if shift(zone, after) == shifts[-1]:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            if shift(zone, middle) == shifts[-1]:
                before = middle
            else:
                after = middle
        begins.append(after)
        shifts.append(shift(zone, after))
    return Offsets(tuple(begins), tuple(shifts))


@lru_cache(256)
def changes(zone: ZoneInfo, period: Period) -> tuple[datetime, ...]:
    """When the offset changes to the second of `offsets_of`, and to each later one, to the second.

    That is within the quarter that ends where they begin.
    """
    return tuple(_change(zone, quarter) for quarter in offsets_of(zone, period).begins[1:])


def _change(zone: ZoneInfo, quarter: int) -> datetime:
    after = moment(quarter)
    now, before, past = after.astimezone(zone).utcoffset(), 0, SECONDS
    while past - before > 1:  # of the seconds before it
        middle = (before + past) // 2
        then = (after - timedelta(seconds=middle)).astimezone(zone).utcoffset()
        before, past = (middle, past) if then == now else (before, middle)
    return after - timedelta(seconds=before)


def shift(of: ZoneInfo, quarter: int) -> int:
    """By how many quarters the zone's clock is ahead of UTC."""
    offset = moment(quarter).astimezone(of).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() // SECONDS)


def midnight(day: date) -> int:
    """The quarter with which a day of UTC begins."""
    return (day - date(1970, 1, 1)).days * QUARTERS


def moment(quarter: int) -> datetime:
    """When a quarter begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=quarter * SECONDS)


def day_of(local: int) -> date:
    """The day on which a quarter of a zone's own clock lies."""
    return (datetime.combine(date(1970, 1, 1), time()) + timedelta(seconds=local * SECONDS)).date()


def days_of_zone(zone: ZoneInfo, days: Period) -> Period:
    """The days of a zone on which plays of some days of UTC lie.

    Those of which only the day is known lie on it in every zone.
    """
    begin = datetime.combine(days.from_, time(), UTC).astimezone(zone).date()
    last = datetime.combine(days.to + A_DAY, time(), UTC) - AN_INSTANT
    return Period(from_=min(begin, days.from_), to=max(last.astimezone(zone).date(), days.to))


def widened(days: Period) -> Period:
    """These days and one more at each end: all days of UTC of which days of a zone may have some.

    No clock is a day off UTC.
    """
    return Period(from_=days.from_ - A_DAY, to=days.to + A_DAY)
