"""Plays and sittings by the days and hours of a zone's clock.

A play is of the day, and of the hour, that the clock showed when it started, whether that day has
23, 24 or 25 hours; one of which only the day is known keeps its day. Tables by day are of days of
UTC, so that in any other zone numbers are counted from the plays themselves, and those of sittings
from the quarters of an hour in which they started.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.

from zoneinfo import ZoneInfo

from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes
from netflix_pipeline.serving.query.zones import SECONDS, changes, offsets_of, widened
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

PLAYS = "coded.plays"

LOCAL = """(
    SELECT * REPLACE (started_at::DATE AS event_date) FROM (
        SELECT p.* REPLACE (make_timestamp(epoch_us(p.started_at) + {ahead}) AS started_at),
            p.started_at AS instant, p.rowid AS stored_row
        FROM coded.plays AS p WHERE p.event_date BETWEEN $zone_first AND $zone_last
    )
)"""
"""The plays of some days of UTC, whose `started_at` and `event_date` are those of a zone's clock.

`instant` is when they started, `stored_row` where they are stored.
"""

BY_INSTANT = """(
    SELECT * EXCLUDE (instant, stored_row) REPLACE (
        instant::DATE AS event_date, instant AS started_at
    ), stored_row AS rowid
    FROM {plays} WHERE {where}
)"""
"""Those of them that fit, with their day and their start in UTC, as the table has them."""

SITTINGS = """(
    SELECT p.* REPLACE (make_timestamp(epoch_us(p.started_at) + {ahead})::DATE AS event_date)
    FROM (
        SELECT *, event_date + to_minutes(15 * quarter) AS started_at FROM coded.sitting_quarters
        WHERE event_date BETWEEN $zone_first AND $zone_last
    ) AS p
)"""
"""The sittings of some days of UTC, whose `event_date` is that of a zone's clock."""

TIMED = "CASE WHEN p.time_precision = $zone_precision THEN {ahead} ELSE 0 END"


def plays_of(snapshot: Snapshot, clock: ZoneInfo | None, period: Period) -> tuple[str, Row]:
    """What follows FROM: the plays, with at least all of the days of the period; what it binds.

    Days, weekdays and hours are those of the clock, or of UTC without one: conditions on
    `event_date` and `started_at` mean them.
    """
    if clock is None:
        return PLAYS, {}
    ahead, bound = _placed(clock, period)
    bound["zone_precision"] = codes.code(snapshot, "time_precision", "second")
    return LOCAL.format(ahead=TIMED.format(ahead=ahead)), bound


def sittings_of(clock: ZoneInfo, period: Period) -> tuple[str, Row]:
    """What follows FROM: the sittings, with at least all of the days of the period; what it binds.

    They have the columns of `sitting_daily`; days are those of the clock.
    """
    ahead, bound = _placed(clock, period)
    return SITTINGS.format(ahead=ahead), bound


def _placed(clock: ZoneInfo, period: Period) -> tuple[str, Row]:
    """What `ahead_of` says, with the days of UTC that are looked at among what it binds."""
    ahead, bound = ahead_of(clock, period)
    days = widened(period)
    return ahead, bound | {"zone_first": days.from_, "zone_last": days.to}


def ahead_of(clock: ZoneInfo, period: Period) -> tuple[str, Row]:
    """By how many microseconds the clock is ahead of UTC when `p` starts, in SQL."""
    offsets = offsets_of(clock, period)
    bound: Row = {
        f"zone_ahead_{at}": shift * SECONDS * 1_000_000 for at, shift in enumerate(offsets.shifts)
    }
    *cases, last = bound
    if not cases:
        return f"${last}", bound
    until = {
        f"zone_until_{at}": change.replace(tzinfo=None)
        for at, change in enumerate(changes(clock, period))
    }
    told = " ".join(
        f"WHEN p.started_at < ${end} THEN ${case}" for end, case in zip(until, cases, strict=True)
    )
    return f"CASE {told} ELSE ${last} END", bound | until
