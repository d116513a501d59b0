"""Metrics of a period: their expressions, from the metric layer, over the coded gold tables."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, Metric, metric
from netflix_pipeline.serving.answers import DayValue, Headline, Period
from netflix_pipeline.serving.snapshots import Row, Snapshot

WINDOWS = {"dau": 1, "wau": 7, "mau": 30}
"""The days over which each count of the audience looks back, its own day included."""
AUDIENCE = (*WINDOWS, "stickiness")
"""The metrics that a period shows of its last day."""
NEVER = Period(from_=date.min, to=date.min)
"""A period in which nothing can have happened."""

BY_DAY = (
    "engagement_daily",
    "user_daily",
    "sitting_daily",
    "audience_daily",
    "search_daily",
    "recommendation_daily",
)
"""The tables whose metrics can be had for any period."""


class NotByPeriod(BadInput):
    """The metric is not one number of a period."""


def headline(snapshot: Snapshot, period: Period) -> Headline:
    """The numbers of a period at a glance."""
    tables: dict[str, list[Metric]] = defaultdict(list)
    for name in Headline.model_fields:
        tables[METRICS[name].table].append(METRICS[name])
    found: Row = {}
    for table, told in tables.items():
        if table not in ("user_daily", "audience_daily"):
            found |= over(snapshot, period, table, told)
    found["viewers"] = viewers(snapshot, period)
    found |= over(snapshot, period, "audience_daily", [METRICS["peak_concurrent"]])
    return Headline(**found | last_day(snapshot, period.to))


def last_day(snapshot: Snapshot, day: date) -> Row:
    """What a period shows of its last day: dau, wau, mau, stickiness."""
    (found,) = snapshot.rows(
        f"SELECT count(*) AS rows, {_chosen([METRICS[name] for name in AUDIENCE])} "
        "FROM coded.audience_daily WHERE event_date = ?",
        [day],
    )
    if found.pop("rows"):
        return found
    return {name: audience(snapshot, name, [day])[day] for name in AUDIENCE}


def over(snapshot: Snapshot, period: Period, table: str, metrics: list[Metric]) -> Row:
    """The values of several metrics of one table over a period."""
    (found,) = snapshot.rows(
        f"SELECT {_chosen(metrics)} FROM coded.{table} WHERE event_date BETWEEN ? AND ?",
        [period.from_, period.to],
    )
    return found


def viewers(snapshot: Snapshot, period: Period) -> int:
    """The different viewers of a period, from the days' bitmaps of viewers.

    It is the number that the metric's expression gives, in a tenth of the time.
    """
    (found,) = snapshot.rows(
        "SELECT coalesce(sum(users), 0)::BIGINT AS viewers FROM ("
        "SELECT bit_count(bit_or(users)) AS users FROM coded.viewers "
        "WHERE event_date BETWEEN ? AND ? GROUP BY block)",
        [period.from_, period.to],
    )
    return int(found["viewers"])


def audience(snapshot: Snapshot, name: str, days: Sequence[date]) -> dict[date, float | None]:
    """dau, wau, mau or stickiness of days that no table has, such as those after the data."""
    if name == "stickiness":
        daily, monthly = (audience(snapshot, part, days) for part in ("dau", "mau"))
        return {day: (daily[day] or 0) / whole if (whole := monthly[day]) else None for day in days}
    rows = snapshot.rows(
        "SELECT day, sum(users)::BIGINT AS viewers FROM ("
        "SELECT day, bit_count(bit_or(users)) AS users FROM (SELECT unnest(?::DATE[]) AS day) "
        f"JOIN coded.viewers ON event_date BETWEEN day - {WINDOWS[name] - 1} AND day "
        "GROUP BY day, block) GROUP BY day",
        [list(days)],
    )
    return dict.fromkeys(days, 0) | {row["day"]: row["viewers"] for row in rows}


def daily(snapshot: Snapshot, period: Period, name: str) -> Iterator[DayValue]:
    """A metric of every day of the period, in order. Raises UnknownMetric and NotByPeriod."""
    told = metric(name)
    if told.expression is None or told.table not in BY_DAY:
        possible = ", ".join(m.name for m in METRICS.values() if m.expression and m.table in BY_DAY)
        raise NotByPeriod(f"{name} is not a number of each day. These are: {possible}.")
    if name == "viewers":  # of a single day: the same as dau, and stored
        told = metric("dau")
    values: dict[date, float | None] = {
        row["day"]: row["value"]
        for row in snapshot.rows(
            f"SELECT event_date AS day, {told.expression} AS value FROM coded.{told.table} "
            "WHERE event_date BETWEEN ? AND ? GROUP BY event_date",
            [period.from_, period.to],
        )
    }
    days = [period.from_ + timedelta(days=offset) for offset in range(period.days)]
    missing = [day for day in days if day not in values]
    if missing and told.name in AUDIENCE:
        values |= audience(snapshot, told.name, missing)
    elif missing:
        nothing = over(snapshot, NEVER, told.table, [told])[told.name]
        values |= dict.fromkeys(missing, nothing)
    for day in days:
        yield DayValue(day=day, value=values[day])


def _chosen(metrics: Sequence[Metric]) -> str:
    return ", ".join(f"{told.expression} AS {told.name}" for told in metrics)
