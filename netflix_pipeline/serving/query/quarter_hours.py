"""Plays and hours by the quarter of an hour, on the clock of any zone."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import prod
from zoneinfo import ZoneInfo

import polars as pl

from netflix_pipeline.contracts import dimensions
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query import codes, daily_sums, measures
from netflix_pipeline.serving.query.filters import Filters, column, compared, conditions
from netflix_pipeline.serving.query.zones import (
    A_DAY,
    QUARTERS,
    day_of,
    midnight,
    moment,
    offsets_of,
    widened,
)
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

EPOCH = date(1970, 1, 1)

KEPT = "sums of quarters"
DATABASE = "sums_of_quarters"
PLACE = f"{DATABASE}.by_day"
ACTIVITY = "coded.activity"
MADE = f"""
    CREATE TABLE IF NOT EXISTS {PLACE} AS
    SELECT event_date, quarter, sum(plays)::BIGINT AS plays, sum(watch_seconds) AS watch_seconds
    FROM {ACTIVITY} GROUP BY ALL ORDER BY event_date
"""

OF_ACTIVITY = """
    SELECT (event_date - DATE '1970-01-01') * 96 + quarter AS at, {keys}
        sum(plays) AS plays, sum(watch_seconds) AS watch_seconds
    FROM {place} WHERE {where} GROUP BY ALL
"""

OF_PLAYS = """
    SELECT epoch_us(started_at) // 900000000 AS at, {keys}
        count(*) AS plays, coalesce(sum(watch_seconds), 0) AS watch_seconds
    FROM coded.plays WHERE {where} AND time_precision = $precision GROUP BY ALL
"""

OF_ONE_SHIFT = """
    SELECT q.*, q.at + $shift::BIGINT AS local, $shift::BIGINT AS ahead FROM ({quarters}) AS q
"""
OF_SHIFTS = """
    SELECT q.*, q.at + z.ahead AS local, z.ahead FROM ({quarters}) AS q
    ASOF JOIN (
        SELECT unnest($begins::BIGINT[]) AS begins, unnest($shifts::BIGINT[]) AS ahead
    ) AS z ON q.at >= z.begins
"""
"""Quarters on a clock that is put forward or back meanwhile."""

LOCAL = """(
    SELECT *, DATE '1970-01-01' + (local // 96)::INTEGER AS event_date FROM ({placed})
) WHERE event_date BETWEEN $from AND $to{on_clock}"""

ON_CLOCK = {dimensions.WEEKDAY: column(dimensions.WEEKDAY), dimensions.HOUR: "local // 4 % 24"}
"""What the filters by time compare on the clock of the zone, in SQL."""

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
    times = {name: choice for name, choice in filters.given.items() if name in ON_CLOCK}
    others = filters.model_copy(update=dict.fromkeys(times))
    named = {*others.given, *([split] if split else [])}
    narrowed, bound = conditions(snapshot, others)
    on_clock = ""
    for name, choice in times.items():
        where, values = compared(ON_CLOCK[name], name, choice, map(int, choice.values))
        on_clock, bound = f"{on_clock} AND {where}", bound | values
    where = f"event_date BETWEEN $first AND $last{narrowed}"
    keys = f"{column(split)}," if split else ""
    offsets = offsets_of(zone, period)
    bound |= {
        "first": period.from_ - A_DAY,
        "last": period.to + A_DAY,
        "from": period.from_,
        "to": period.to,
    }
    if named <= set(dimensions.OF_ACTIVITY):
        place = None if named else snapshot.held(KEPT)
        quarters = OF_ACTIVITY.format(keys=keys, where=where, place=place or ACTIVITY)
    else:
        quarters = OF_PLAYS.format(keys=keys, where=where)
        bound["precision"] = codes.code(snapshot, "time_precision", "second")
    if len(offsets.shifts) == 1:
        placed, bound["shift"] = OF_ONE_SHIFT, offsets.shifts[0]
    else:
        placed = OF_SHIFTS
        bound |= {"begins": list(offsets.begins), "shifts": list(offsets.shifts)}
    placed = placed.format(quarters=quarters)
    return measures.Rows(LOCAL.format(placed=placed, on_clock=on_clock), bound)


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


def make_ready(snapshot: Snapshot) -> None:
    """Keep in memory from now on what questions without a filter ask: 96 rows a day."""

    def made() -> str:
        snapshot.attach_memory(DATABASE)
        snapshot.rows(MADE)
        return PLACE

    snapshot.kept(KEPT, made)
    sums_of_quarters(snapshot, ())
    sums_without_time(snapshot, ())


SUMS_OF_ACTIVITY = """
    SELECT event_date, quarter::BIGINT AS quarter {keys},
        sum(plays)::BIGINT AS plays, sum(watch_seconds)::DOUBLE AS watch_seconds
    FROM coded.activity GROUP BY ALL ORDER BY event_date
"""
SUMS_OF_PLAYS = """
    SELECT event_date, (epoch_us(started_at) // 900000000 % 96)::BIGINT AS quarter {keys},
        count(*)::BIGINT AS plays, coalesce(sum(watch_seconds), 0)::DOUBLE AS watch_seconds
    FROM coded.plays WHERE time_precision = $precision GROUP BY ALL ORDER BY event_date
"""
MOST_ROWS = 250_000
"""Rows of sums by quarter and a dimension that are kept: some 8 MB."""


def hours_of_week(
    snapshot: Snapshot, period: Period, zone: ZoneInfo, filters: Filters, names: Sequence[str]
) -> list[Row] | None:
    """Metrics of plays by weekday and hour of the zone's clock, out of sums in memory.

    None where these are not kept, and where the clock is put forward or back meanwhile.
    """
    shifts = offsets_of(zone, period).shifts
    known = sums_of_quarters(snapshot, tuple(filters.given)) if len(shifts) == 1 else None
    if known is None:
        return None
    rows = known.within(widened(period))
    for name, choice in filters.given.items():
        rows = rows.filter(daily_sums.fits(snapshot, name, choice))
    local = pl.col("event_date").to_physical().cast(pl.Int64) * QUARTERS + pl.col("quarter")
    first, last = ((day - EPOCH).days for day in (period.from_, period.to))
    day = (local + shifts[0]) // QUARTERS
    found = (
        rows.filter(day.is_between(first, last))
        .group_by(weekday=(day + 3) % 7 + 1, hour=(local + shifts[0]) // 4 % 24)
        .agg(daily_sums.expression(name) for name in names)
    )
    return found.rows(named=True)


def sums_of_quarters(snapshot: Snapshot, named: Sequence[str]) -> daily_sums.DailySums | None:
    """Plays and watch_seconds by day, quarter and one dimension at the most, kept; None of others.

    None also where they are too many.
    """
    days = snapshot.info.days
    if days is None or len(named) > 1 or not set(named) <= set(dimensions.OF_PLAYS):
        return None
    if prod((days.days, QUARTERS, *(codes.number(snapshot, name) for name in named))) > MOST_ROWS:
        return None

    def read() -> daily_sums.DailySums:
        keys = "".join(f", {name}::BIGINT AS {name}" for name in named)
        if set(named) <= set(dimensions.OF_ACTIVITY):
            return daily_sums.DailySums.of(snapshot.frame(SUMS_OF_ACTIVITY.format(keys=keys)))
        bound: Row = {"precision": codes.code(snapshot, "time_precision", "second")}
        return daily_sums.DailySums.of(snapshot.frame(SUMS_OF_PLAYS.format(keys=keys), bound))

    return daily_sums.kept(snapshot, f"quarters by {', '.join(named)}", read)


UNTIMED = """
    SELECT event_date {keys}, count(*)::BIGINT AS plays FROM coded.plays
    WHERE time_precision = $precision GROUP BY ALL ORDER BY event_date
"""


def sums_without_time(snapshot: Snapshot, named: Sequence[str]) -> daily_sums.DailySums | None:
    """The plays of which only the day is known, by day and one dimension at the most; kept.

    None of others, and where they are too many.
    """
    days = snapshot.info.days
    if days is None or len(named) > 1 or not set(named) <= set(dimensions.OF_PLAYS):
        return None
    if prod((days.days, *(codes.number(snapshot, name) for name in named))) > MOST_ROWS:
        return None

    def read() -> daily_sums.DailySums:
        keys = "".join(f", {name}::BIGINT AS {name}" for name in named)
        bound: Row = {"precision": codes.code(snapshot, "time_precision", "day")}
        return daily_sums.DailySums.of(snapshot.frame(UNTIMED.format(keys=keys), bound))

    return daily_sums.kept(snapshot, f"without time by {', '.join(named)}", read)


def without_time(snapshot: Snapshot, period: Period, filters: Filters) -> int:
    """The plays of the period of which only the day is known."""
    known = sums_without_time(snapshot, tuple(filters.given))
    if known is not None:
        rows = known.within(period)
        for name, choice in filters.given.items():
            rows = rows.filter(daily_sums.fits(snapshot, name, choice))
        return int(rows["plays"].sum())
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
