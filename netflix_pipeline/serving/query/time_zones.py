"""Time zones in quarters of an hour, counted from 1970-01-01T00:00Z.

Every zone's clock has stood whole quarters off UTC since long before 2000, which is as early as an
event can be: sums of UTC quarters are therefore exact in all of them, whatever their offset and
whenever their clocks change.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving.answer import Period

SECONDS = 900
A_DAY = 96
LOOK_EVERY = 24
"""Quarters between two looks at a zone's offset; no two changes of one lie so close."""


class UnknownZone(BadInput):
    """No time zone has that name."""


@dataclass(frozen=True)
class Offsets:
    """A zone's offsets: from quarter `begins[n]` on its clock is `shifts[n]` quarters ahead."""

    begins: tuple[int, ...]
    shifts: tuple[int, ...]


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownZone."""
    if name not in _names():
        raise UnknownZone(
            f"there is no time zone {name!r}: give a name of the IANA time zone database, such as "
            "Europe/Berlin or Asia/Kolkata."
        )
    return ZoneInfo(name)


@lru_cache(256)
def offsets(of: ZoneInfo, period: Period) -> Offsets:
    """The offsets of a zone around its days of the period."""
    first, past = midnight(period.from_) - 2 * A_DAY, midnight(period.to) + 3 * A_DAY
    begins, shifts = [first], [shift(of, first)]
    for look in range(first, past, LOOK_EVERY):
        before, after = look, look + LOOK_EVERY
        if shift(of, after) == shifts[-1]:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            if shift(of, middle) == shifts[-1]:
                before = middle
            else:
                after = middle
        begins.append(after)
        shifts.append(shift(of, after))
    return Offsets(tuple(begins), tuple(shifts))


def shift(of: ZoneInfo, quarter: int) -> int:
    """By how many quarters the zone's clock is ahead of UTC."""
    offset = moment(quarter).astimezone(of).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() // SECONDS)


def midnight(day: date) -> int:
    """The quarter with which a day of UTC begins."""
    return (day - date(1970, 1, 1)).days * A_DAY


def moment(quarter: int) -> datetime:
    """When a quarter begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=quarter * SECONDS)


def day_of(local: int) -> date:
    """The day on which a quarter of a zone's own clock lies."""
    return (datetime.combine(date(1970, 1, 1), time()) + timedelta(seconds=local * SECONDS)).date()
