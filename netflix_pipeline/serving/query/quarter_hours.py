"""Time zones in quarters of an hour, and plays and hours by them on the clock of any zone.

Quarters are counted from 1970-01-01T00:00Z. Every zone's clock has stood whole quarters off UTC
since long before 2000, which is as early as an event can be: sums of UTC quarters are therefore
exact in all of them, whatever their offset and whenever their clocks change.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from netflix_pipeline.contracts import dimensions
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes, measures
from netflix_pipeline.serving.query.filters import Filters, column, conditions
from netflix_pipeline.serving.snapshot.open import Snapshot

SECONDS = 900
QUARTERS = 96
"""Of a day."""
LOOK_EVERY = 24
"""Quarters between two looks at a zone's offset; no two changes of one lie so close."""


class UnknownZone(BadInput):
    """No time zone has that name."""

    parameters = ("tz",)


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


A_DAY = timedelta(days=1)

OF_ACTIVITY = """
    SELECT (event_date - DATE '1970-01-01') * 96 + quarter AS at, {keys}
        sum(plays) AS plays, sum(watch_seconds) AS watch_seconds
    FROM coded.activity WHERE {where} GROUP BY ALL
"""

OF_PLAYS = """
    SELECT epoch_us(started_at) // 900000000 AS at, {keys}
        count(*) AS plays, coalesce(sum(watch_seconds), 0) AS watch_seconds
    FROM coded.plays WHERE {where} AND time_precision = $precision GROUP BY ALL
"""

LOCAL = """(
    SELECT *, DATE '1970-01-01' + (local // 96)::INTEGER AS event_date
    FROM (
        SELECT q.*, q.at + z.ahead AS local, z.ahead FROM ({quarters}) AS q
        ASOF JOIN (
            SELECT unnest($begins::BIGINT[]) AS begins, unnest($shifts::BIGINT[]) AS ahead
        ) AS z ON q.at >= z.begins
    )
) WHERE event_date BETWEEN $from AND $to"""

HOUR = "local // 4 * 4 - ahead"
"""The quarter of UTC with which the hour of the zone's clock begins, in SQL."""


@dataclass(frozen=True)
class Hour:
    """An hour of a zone's clock; where that is put forward or back meanwhile, a part of it."""

    key: int
    wall: tuple[int, int]
    begins: datetime
    ends: datetime
    whole: bool


def quarter_rows(
    snapshot: Snapshot, period: Period, zone: ZoneInfo, filters: Filters, split: str | None = None
) -> measures.Rows:
    """Plays and watch_seconds by quarter, of the period's days in the zone.

    `event_date` is the day on the zone's clock, `local` the quarter on it and `ahead` by how many
    quarters it is ahead of UTC; beside them stands the column of the split.
    """
    named = {*filters.given, *([split] if split else [])} - {dimensions.WEEKDAY}
    narrowed, bound = conditions(snapshot, filters)
    where = f"event_date BETWEEN $first AND $last{narrowed}"
    keys = f"{column(split)}," if split else ""
    offsets = offsets_of(zone, period)
    bound |= {
        "first": period.from_ - A_DAY,
        "last": period.to + A_DAY,
        "from": period.from_,
        "to": period.to,
        "begins": list(offsets.begins),
        "shifts": list(offsets.shifts),
    }
    if named <= set(dimensions.OF_ACTIVITY):
        quarters = OF_ACTIVITY.format(keys=keys, where=where)
    else:
        quarters = OF_PLAYS.format(keys=keys, where=where)
        bound["precision"] = codes.code(snapshot, "time_precision", "second")
    return measures.Rows(LOCAL.format(quarters=quarters), bound)


def hours(period: Period, zone: ZoneInfo) -> Iterator[Hour]:
    """The hours of the period's days on the zone's clock, in order.

    `wall` is what the clock shows, as hours since 1970, and how often it has shown it before.
    """
    offsets = offsets_of(zone, period)
    ends = [*offsets.begins[1:], midnight(period.to) + 3 * QUARTERS]
    shown: dict[int, int] = {}
    for first, past, ahead in zip(offsets.begins, ends, offsets.shifts, strict=True):
        at = first
        while at < past:
            local = at + ahead
            following = min(local // 4 * 4 + 4 - ahead, past)
            if period.from_ <= day_of(local) <= period.to:
                wall = local // 4
                yield Hour(
                    key=wall * 4 - ahead,
                    wall=(wall, shown.get(wall, 0)),
                    begins=moment(at).astimezone(zone),
                    ends=moment(following).astimezone(zone),
                    whole=following - at == 4,
                )
                shown[wall] = shown.get(wall, 0) + 1
            at = following


def without_time(snapshot: Snapshot, period: Period, filters: Filters) -> int:
    """The plays of the period of which only the day is known."""
    narrowed, bound = conditions(snapshot, filters)
    (row,) = snapshot.rows(
        "SELECT count(*) AS plays FROM coded.plays WHERE event_date BETWEEN $from AND $to "
        f"AND time_precision = $precision{narrowed}",
        bound
        | {
            "from": period.from_,
            "to": period.to,
            "precision": codes.code(snapshot, "time_precision", "day"),
        },
    )
    return int(row["plays"])
