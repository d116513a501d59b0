"""A metric in the course of a period: by hour, day, week or month, whole or split, compared."""

# Written into SQL are names out of contracts and metrics only; values are bound.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving.answers import (
    ALL,
    Bucket,
    Compare,
    ComparedWith,
    DayValue,
    Filters,
    Granularity,
    Line,
    Period,
    Series,
    Split,
)
from netflix_pipeline.serving.errors import BadPeriod
from netflix_pipeline.serving.queries import codes, measures
from netflix_pipeline.serving.queries.filtering import column
from netflix_pipeline.serving.queries.headline import change
from netflix_pipeline.serving.queries.periods import (
    BUCKETS,
    begin_of,
    days_before,
    earlier,
    reaches,
    stretches,
)
from netflix_pipeline.serving.queries.quarters import HOUR, hours, quarter_rows, without_time
from netflix_pipeline.serving.queries.rows import Rows, chosen, rows_of
from netflix_pipeline.serving.queries.zones import zone
from netflix_pipeline.serving.snapshots import Snapshot

UTC = "UTC"
MOST_GROUPS = 20
"""Groups that are told apart; the others are the rest."""
MOST_VALUES = 50_000
"""Values of a series: buckets × lines."""
MOST_HOUR_DAYS = 92
"""The longest period that is answered by the hour."""

OF_QUARTERS = ("plays", "hours_viewed")
"""The metrics that are known by the quarter of an hour."""
RANKED_BY = {
    "completion_rate": "sum(starters) - sum(starters_without_reach)",
    "avg_sitting_minutes": "sum(sittings)",
    "binge_rate": "sum(sittings)",
    "search_success": "sum(searches)",
    "recommendation_ctr": "sum(shown)",
}
"""By what groups of a share or mean are ranked: that on which it rests. Others by themselves."""

VALUES = """
    SELECT bucket, code, grouping(bucket) AS whole, {value} AS value
    FROM (SELECT *, {bucket} AS bucket, {group} AS code FROM {rows})
    GROUP BY GROUPING SETS ((bucket, code), (code))
"""
TOTALS = """
    SELECT code, {value} AS value FROM (SELECT *, {group} AS code FROM {rows}) {which}
    GROUP BY code
"""
"""The same of the period as one, of all groups or of some of them."""
LED = "WHERE code IN (SELECT unnest($leading::INTEGER[]))"
LEADING = """
    SELECT g.code, c.name, g.value, count(*) OVER () AS groups
    FROM (
        SELECT {column} AS code, {weight} AS weight, {value} AS value FROM {rows} GROUP BY 1
    ) AS g
    JOIN codes.{column} AS c USING (code)
    ORDER BY g.weight DESC, c.name LIMIT $top
"""
COURSES = "SELECT {bucket} AS bucket, {values} FROM {rows} GROUP BY 1"
VIEWERS = """
    SELECT bucket, NULL AS code, 0 AS whole, sum(users)::BIGINT AS value
    FROM (
        SELECT {bucket} AS bucket, bit_count(bit_or(users)) AS users FROM coded.viewers
        WHERE event_date BETWEEN $from AND $to GROUP BY bucket, block
    ) GROUP BY bucket
"""

Key = date | int | tuple[int, int] | None
"""What names a bucket; None the whole period."""
Found = dict[tuple[int | None, Key], float | None]
"""Values by group (None: all, or the rest) and bucket."""


class NotByHour(BadInput):
    """The metric is not known by the hour, and so in no other zone than UTC."""


class TooManyValues(BadInput):
    """The series would have more values than are answered at once."""


@dataclass(frozen=True)
class Asked:
    """One metric under filters, by stretches of a period on the clock of a zone."""

    metric: Metric
    period: Period
    filters: Filters = ALL
    granularity: Granularity = "day"
    zone: str = UTC
    split: Split | None = None

    @property
    def by_quarters(self) -> bool:
        """Whether it is made of quarters of an hour, not of days of UTC."""
        return self.granularity == "hour" or self.zone != UTC

    @property
    def as_one(self) -> bool:
        """Whether the period is not divided."""
        return self.granularity == "whole"

    @property
    def clock(self) -> ZoneInfo:
        """The zone. Raises UnknownZone."""
        return zone(self.zone)

    def rows(self, snapshot: Snapshot) -> Rows:
        """The rows of the period."""
        if self.by_quarters:
            return quarter_rows(snapshot, self.period, self.clock, self.filters, self.split)
        table, by_day = self.metric.table, not self.as_one
        return rows_of(snapshot, table, self.period, self.filters, self.split, by_day=by_day)

    def buckets(self) -> Iterator[tuple[Key, Bucket]]:
        """Every stretch of the period, in order, and what names it."""
        if self.granularity == "hour":
            for hour in hours(self.period, self.clock):
                bucket = Bucket(from_=hour.begins, to=hour.ends, partial=not hour.whole)
                yield hour.key, bucket
        else:
            for part, cut in stretches(self.period, self.granularity):
                name = None if self.as_one else begin_of(part.from_, self.granularity)
                yield name, Bucket(from_=part.from_, to=part.to, partial=cut)


def series(
    snapshot: Snapshot, asked: Asked, top: int, compare: Compare | None, *, rest: bool = True
) -> Series:
    """A metric in the course of a period, and of the one it is compared with.

    Split, the `top` groups with most of it are told apart, and the `rest` is one line more. Raises
    NotByPeriod, FilterNotTaken, NotByHour, UnknownZone, BadPeriod and TooManyValues.
    """
    _check(asked)
    buckets = list(asked.buckets())
    lines = top + 1 if asked.split else 1
    if len(buckets) * lines > MOST_VALUES:
        raise TooManyValues(
            f"the series would have {len(buckets)} × {lines} values, and at most {MOST_VALUES} are "
            "answered at once: ask for a shorter period, longer buckets or fewer groups."
        )
    groups = _groups(snapshot, asked, top, rest=rest) if asked.split else None
    found = _found(snapshot, asked, groups)
    days = days_before(asked.period, compare) if compare else 0
    before = replace(asked, period=earlier(asked.period, days)) if compare else None
    past = _found(snapshot, before, groups, days) if before else None
    names: dict[Key, Key] = {key: key for key, _ in buckets}
    if before and asked.granularity == "hour":
        names = _same_hours(asked, before, days)
    empty = (
        None if asked.metric.name in measures.AUDIENCE else measures.nothing(snapshot, asked.metric)
    )

    def line(code: int | None, group: str | None, rest: bool = False) -> Line:
        total = found.get((code, None), empty)
        total_before = past.get((code, None), empty) if past is not None else None
        return Line(
            group=group,
            name=groups.titles.get(code) if groups and code is not None else None,
            rest=rest,
            total=total,
            values=tuple(found.get((code, key), empty) for key, _ in buckets),
            compared_total=total_before,
            compared=None
            if past is None
            else tuple(
                past.get((code, names[key]), empty) if key in names else None for key, _ in buckets
            ),
            change=None if past is None else change(total, total_before),
        )

    if groups is None:
        told = [line(None, None)]
    else:
        told = [line(code, name) for code, name in groups.leading.items()]
        told += [line(None, None, rest=True)] if groups.rest else []
    return Series(
        metric=asked.metric.name,
        granularity=asked.granularity,
        split_by=asked.split,
        groups=groups.number if groups else None,
        buckets=tuple(bucket for _, bucket in buckets),
        lines=tuple(told),
        compared_with=ComparedWith(
            by=compare,
            period=before.period,
            days_before=days,
            complete=reaches(snapshot, before.period),
        )
        if compare and before
        else None,
        plays_without_time=without_time(snapshot, asked.period, asked.filters)
        if asked.by_quarters
        else None,
    )


def several(
    snapshot: Snapshot, metrics: Sequence[Metric], asked: Asked
) -> dict[str, tuple[float | None, ...]]:
    """What `series` tells of each metric by stretch, those of one table in one pass over it."""
    found: dict[str, Found] = {}
    tables: dict[str, list[Metric]] = {}
    for told in metrics:
        one = replace(asked, metric=told)
        _check(one)
        counted = told.name == "viewers" and not asked.filters.given
        if counted or told.name in measures.AUDIENCE:
            found[told.name] = _found(snapshot, one, None)
        else:
            tables.setdefault(told.table, []).append(told)
    hourly = asked.granularity == "hour"
    bucket = HOUR if hourly else BUCKETS[asked.granularity].format(day="event_date")
    for of_table in tables.values():
        rows = replace(asked, metric=of_table[0]).rows(snapshot)
        query = COURSES.format(bucket=bucket, values=chosen(of_table), rows=rows.sql)
        by_bucket = {row["bucket"]: row for row in snapshot.rows(query, rows.bound)}
        for told in of_table:
            found[told.name] = {(None, key): row[told.name] for key, row in by_bucket.items()}
    names = [key for key, _ in asked.buckets()]
    lines = {}
    for told in metrics:
        empty = None if told.name in measures.AUDIENCE else measures.nothing(snapshot, told)
        lines[told.name] = tuple(found[told.name].get((None, key), empty) for key in names)
    return lines


def daily(snapshot: Snapshot, period: Period, name: str) -> Iterator[DayValue]:
    """A metric of every day of the period, in order. Raises UnknownMetric and NotByPeriod."""
    asked = Asked(measures.of_period(name), period)
    found = _found(snapshot, asked, None)
    audience = name in measures.AUDIENCE
    empty = None if audience else measures.nothing(snapshot, asked.metric)
    for key, _ in asked.buckets():
        assert isinstance(key, date)
        yield DayValue(day=key, value=found.get((None, key), empty))


@dataclass(frozen=True)
class _Groups:
    """The groups that are told apart, by code: names and totals; and how many there are in all."""

    leading: dict[int, str]
    totals: dict[int, float | None]
    titles: dict[int, str | None]
    number: int
    rest: bool
    """Whether there are others, and they are asked for."""


def _check(asked: Asked) -> None:
    told = asked.metric
    told.check([*asked.filters.given, *([asked.split] if asked.split else [])])
    _ = asked.clock
    if asked.by_quarters and told.name not in OF_QUARTERS:
        raise NotByHour(
            f"{told.name} goes by days of UTC: by the hour or in another zone only "
            f"{' and '.join(OF_QUARTERS)} are known. Leave tz and granularity=hour out, or ask for "
            "one of these."
        )
    if asked.granularity == "hour" and asked.period.days > MOST_HOUR_DAYS:
        raise BadPeriod(
            f"the period has {asked.period.days} days, and at most {MOST_HOUR_DAYS} are answered "
            "by the hour: ask for a shorter one, or by day."
        )


def _groups(snapshot: Snapshot, asked: Asked, top: int, *, rest: bool) -> _Groups:
    assert asked.split is not None
    rows, told = asked.rows(snapshot), asked.metric
    found = snapshot.rows(
        LEADING.format(
            column=column(asked.split),
            weight=RANKED_BY.get(told.name, told.expression),
            value=told.expression,
            rows=rows.sql,
        ),
        rows.bound | {"top": top},
    )
    leading = {row["code"]: row["name"] for row in found}
    named = codes.titles(snapshot, leading) if asked.split == "title" else {}
    titles = {code: named[code][1] for code in leading if code in named}
    totals = {row["code"]: row["value"] for row in found}
    number = found[0]["groups"] if found else 0
    return _Groups(leading, totals, titles, number, rest and number > len(leading))


def _found(snapshot: Snapshot, asked: Asked, groups: _Groups | None, later: int = 0) -> Found:
    """The values of a metric; stretches are named as they are `later` days later."""
    told = asked.metric
    if told.name in measures.AUDIENCE:
        return _of_last_days(snapshot, asked, later)
    if asked.as_one and groups is not None:
        return _of_groups(snapshot, asked, groups, known=not later)
    day = f"(event_date + {later:d})"
    hourly = asked.granularity == "hour"
    if asked.as_one and not asked.by_quarters:
        total = measures.values(snapshot, [told], asked.period, asked.filters)[told.name]
        return {(None, None): total}
    bucket = HOUR if hourly else BUCKETS[asked.granularity].format(day=day)
    if told.name == "viewers" and not asked.filters.given and groups is None:
        whole = measures.values(snapshot, [told], asked.period, ALL)[told.name]
        query, bound = VIEWERS.format(bucket=bucket), _days(asked.period)
        found: Found = {(None, None): whole}
    else:
        rows = asked.rows(snapshot)
        group, bound = "NULL::INTEGER", rows.bound
        if groups is not None:
            assert asked.split is not None
            name = column(asked.split)
            group = f"{name}::INTEGER"
            if groups.rest or later:
                group = f"CASE WHEN list_contains($leading::INTEGER[], {group}) THEN {group} END"
                bound = bound | {"leading": list(groups.leading)}
        query = VALUES.format(value=told.expression, bucket=bucket, group=group, rows=rows.sql)
        found = {}
    for row in snapshot.rows(query, bound):
        found[row["code"], None if row["whole"] else row["bucket"]] = row["value"]
    return found


def _of_groups(snapshot: Snapshot, asked: Asked, groups: _Groups, *, known: bool) -> Found:
    """The totals of the groups that are told apart, and of the rest; those are `known` or asked."""
    assert asked.split is not None
    rows, name = asked.rows(snapshot), column(asked.split)
    bound, value = rows.bound | {"leading": list(groups.leading)}, asked.metric.expression
    found: Found = {(code, None): total for code, total in groups.totals.items()} if known else {}
    if not known:
        query = TOTALS.format(value=value, group=f"{name}::INTEGER", rows=rows.sql, which=LED)
        found |= {(row["code"], None): row["value"] for row in snapshot.rows(query, bound)}
    if groups.rest:
        group = f"CASE WHEN list_contains($leading::INTEGER[], {name}::INTEGER) THEN 1 END"
        which = "WHERE code IS NULL"
        query = TOTALS.format(value=value, group=group, rows=rows.sql, which=which)
        for row in snapshot.rows(query, bound):
            found[None, None] = row["value"]
    return found


def _of_last_days(snapshot: Snapshot, asked: Asked, later: int) -> Found:
    shift, name = timedelta(days=later), asked.metric.name
    later_period = earlier(asked.period, -later)
    ends = {
        None if asked.as_one else begin_of(part.from_, asked.granularity): part.to - shift
        for part, _ in stretches(later_period, asked.granularity)
    }
    days = measures.last_days(snapshot, sorted({*ends.values(), asked.period.to}))
    found: Found = {(None, key): days[day][name] for key, day in ends.items()}
    return found | {(None, None): days[asked.period.to][name]}


def _same_hours(asked: Asked, before: Asked, days: int) -> dict[Key, Key]:
    """For each hour that of the earlier period when the clock showed the same, where there is."""
    walls = {hour.wall: hour.key for hour in hours(before.period, before.clock)}
    return {
        hour.key: walls[then]
        for hour in hours(asked.period, asked.clock)
        if (then := (hour.wall[0] - 24 * days, hour.wall[1])) in walls
    }


def _days(period: Period) -> dict[str, object]:
    return {"from": period.from_, "to": period.to}


def names_of(asked: Asked) -> Sequence[str]:
    """The definitions that a series goes by."""
    return (asked.metric.name, "activity") if asked.by_quarters else (asked.metric.name,)
