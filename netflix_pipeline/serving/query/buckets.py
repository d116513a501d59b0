"""Time buckets: values of a metric by hour, day, week or month of a period, whole or split."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import fsum
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field

from netflix_pipeline import time_zones
from netflix_pipeline.contracts.dimensions import OF_PLAYS, SPLITS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving.answer import AnswerModel, Period
from netflix_pipeline.serving.query import (
    codes,
    daily_sums,
    levels,
    measures,
    periods,
    quarter_hours,
    series_sums,
    viewer_bitmaps,
    viewer_days,
)
from netflix_pipeline.serving.query.filters import ALL, Choice, Filters, column
from netflix_pipeline.serving.snapshot.open import Row, Snapshot
from netflix_pipeline.time_zones import UTC

Granularity = Literal["hour", "day", "week", "month", "whole"]
"""How long a bucket of a series is; `whole`: the period is one."""

if TYPE_CHECKING:
    Split = str
else:
    Split = Literal[SPLITS]
    """By what a series can be split."""


class Bucket(AnswerModel):
    """A stretch of the period."""

    from_: date | datetime = Field(
        serialization_alias="from",
        description="its first day; of an hour, the moment at which it begins",
    )
    to: date | datetime = Field(
        description="its last day, included; of an hour, the moment at which it ends"
    )
    partial: bool = Field(description="whether the period cuts it: it is not whole")


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

OF_EVERY_GROUP = "SELECT {side} AS side, {group} AS code, {value} AS value FROM {rows} GROUP BY ALL"
"""What each group has in a period as one; of several periods together, each is a side."""

LED = "WHERE code IN (SELECT unnest($leading::INTEGER[]))"

LEADING = """
    SELECT code, name, value, groups FROM (
        SELECT g.code, c.name, g.value, g.weight, count(*) OVER () AS groups
        FROM (
            SELECT {column} AS code, {weight} AS weight, {value} AS value FROM {rows} GROUP BY 1
        ) AS g
        JOIN {names} AS c USING (code)
        ORDER BY list_contains($among::VARCHAR[], c.name) DESC, g.weight DESC, c.name LIMIT $top
    ) ORDER BY weight DESC, name
"""
"""The groups with most, most first; those that are named are among them."""

NAMES = "SELECT code, name FROM {names}"

VIEWERS = """
    SELECT bucket, NULL AS code, whole, sum(users)::BIGINT AS value
    FROM (
        SELECT bucket, grouping(bucket) AS whole, bit_count(bit_or(users)) AS users
        FROM (
            SELECT {bucket} AS bucket, block, users FROM coded.viewers
            WHERE event_date BETWEEN $from AND $to
        ) GROUP BY GROUPING SETS ((bucket, block), (block))
    ) GROUP BY bucket, whole
"""

Key = date | int | tuple[int, int] | None
"""What names a bucket; None the whole period."""

LEAST_DAYS = {"week": 7, "month": 28, "whole": periods.MOST_DAYS}
"""The days of the shortest whole stretch, where that is not one."""

Found = dict[tuple[int | None, Key], float | None]
"""Values by group (None: all, or the rest) and bucket."""


class NotByHour(BadInput):
    """The metric is not known by the hour."""

    parameters = ("metric",)


@dataclass(frozen=True)
class Course:
    """One metric under filters, by stretches of a period on the clock of a zone."""

    metric: Metric
    period: Period
    filters: Filters = ALL
    granularity: Granularity = "day"
    zone: str = UTC
    split: Split | None = None
    week_start: periods.WeekStart = "monday"

    @property
    def by_quarters(self) -> bool:
        """Whether it is made of quarters of an hour, not of days."""
        return self.granularity == "hour"

    @property
    def as_one(self) -> bool:
        """Whether the period is not divided."""
        return self.granularity == "whole"

    @property
    def adds_up(self) -> bool:
        """Whether it is the period as one, of which what groups have adds up to the whole."""
        added = self.metric.by_calendar and self.metric.name not in (*RANKED_BY, "viewers")
        return added and self.as_one and self.split is not None

    @property
    def clock(self) -> ZoneInfo:
        """The zone. Raises UnknownZone."""
        return time_zones.zone(self.zone)

    @property
    def of_zone(self) -> ZoneInfo | None:
        """The zone whose days it has; None where they are of UTC, as the metric may always be."""
        return time_zones.clock(self.zone) if self.metric.by_zone else None

    @property
    def weeks(self) -> periods.WeekStart:
        """With which day its weeks begin: those of ISO, where the metric always goes by them."""
        return self.week_start if self.metric.by_calendar else "monday"

    def bucket(self, later: int = 0) -> str:
        """The stretch in which a row falls, in SQL, named as it is `later` days later."""
        if self.granularity == "hour":
            return quarter_hours.HOUR
        day = f"(event_date + {later:d})" if later else "event_date"
        first = periods.FIRST_DAYS[self.weeks]
        return periods.BUCKETS[self.granularity].format(day=day, first=first)

    def begin_of(self, day: date) -> date:
        """The first day of the stretch in which a day falls."""
        return periods.begin_of(day, self.granularity, self.weeks)

    def stretches(self, period: Period) -> Iterator[tuple[Period, bool]]:
        """The stretches of a period, in order, and whether it cuts each."""
        return periods.stretches(period, self.granularity, self.weeks)

    def rows(self, snapshot: Snapshot) -> measures.Rows:
        """The rows of the period."""
        if self.by_quarters:
            rows = quarter_hours.quarter_rows(
                snapshot, self.period, self.clock, self.filters, self.split
            )
        else:
            table, by_day = self.metric.table, not self.as_one
            rows = measures.rows_of(
                snapshot,
                table,
                self.period,
                self.filters,
                self.split,
                by_day=by_day,
                clock=self.of_zone,
            )
        if self.split is None or self.split not in levels.OF_SEVERAL:
            return rows
        return measures.Rows(levels.with_groups(snapshot, rows.sql, self.split), rows.bound)

    def of(self, groups: "Groups") -> Self:
        """The same of the titles of these groups alone, where others are left out sooner so."""
        split = self.split
        if split not in levels.OF_SEVERAL or split in self.filters.given:
            return self
        if not groups.leading:
            return self
        choice = Choice.model_construct(values=tuple(groups.leading.values()))
        return replace(self, filters=self.filters.model_copy(update={split: choice}))

    @property
    def group(self) -> str:
        """The column of the rows that tells the groups of the split apart."""
        assert self.split is not None
        return self.split if self.split in levels.OF_SEVERAL else column(self.split)

    def names(self, snapshot: Snapshot) -> str:
        """Where the names of these groups are, by their codes."""
        assert self.split is not None
        if self.split in levels.OF_SEVERAL:
            return levels.names(snapshot, self.split)
        return f"codes.{column(self.split)}"

    @property
    def most_stretches(self) -> int:
        """How many stretches of days its period has, at the most."""
        return self.period.days // LEAST_DAYS.get(self.granularity, 1) + 2

    def expression(self, snapshot: Snapshot, stretches: int) -> str:
        """The metric's expression, over rows of so many stretches and all groups of the split."""
        groups = 1 if self.split is None else codes.number(snapshot, column(self.split))
        return viewer_bitmaps.expression(snapshot, self.metric, stretches * groups)

    def buckets(self, *others: Filters) -> Iterator[tuple[Key, Bucket]]:
        """The stretches of the period, in order, and what names each.

        All of them, but of days and hours those that its filters let in, or one of the `others`.
        """
        asked = (self.filters, *others)
        for key, bucket in self._stretches():
            if any(self.lets_in(bucket.from_, filters) for filters in asked):
                yield key, bucket

    def lets_in(self, begin: date, filters: Filters) -> bool:
        """Whether filters let in anything of the stretch that begins then."""
        return self.granularity not in ("day", "hour") or filters.lets_in(begin)

    def _stretches(self) -> Iterator[tuple[Key, Bucket]]:
        if self.granularity == "hour":
            for hour in quarter_hours.hours(self.period, self.clock):
                yield hour.key, Bucket(from_=hour.begins, to=hour.ends, partial=not hour.whole)
        else:
            for part, cut in self.stretches(self.period):
                name = None if self.as_one else self.begin_of(part.from_)
                yield name, Bucket(from_=part.from_, to=part.to, partial=cut)


@dataclass(frozen=True)
class Groups:
    """The groups that are told apart, by code: names and totals; and how many there are in all."""

    leading: dict[int, str]
    totals: dict[int, float | None]
    titles: dict[int, str | None]
    number: int
    rest: bool
    """Whether there are others, and they are asked for."""


def check(course: Course) -> None:
    """Raises FilterNotTaken, NotByHour, UnknownZone and BadPeriod."""
    told = course.metric
    told.check([*course.filters.given, *([course.split] if course.split else [])])
    _ = course.clock
    if course.by_quarters and told.name not in OF_QUARTERS:
        raise NotByHour(
            f"{told.name} is not known by the hour: only {' and '.join(OF_QUARTERS)} are. Leave "
            "granularity=hour out, or ask for one of these."
        )
    if course.granularity == "hour" and course.period.days > MOST_HOUR_DAYS:
        raise periods.BadPeriod(
            f"the period has {course.period.days} days, and at most {MOST_HOUR_DAYS} are answered "
            "by the hour: ask for a shorter one, or by day."
        )


def leading_groups(
    snapshot: Snapshot, course: Course, top: int, *, rest: bool, among: Sequence[str] = ()
) -> Groups:
    """The `top` groups with most of the metric; whether there are others, if they are asked for.

    Those that are `among` them have places whatever they have.
    """
    assert course.split is not None
    rows, told = course.rows(snapshot), course.metric
    value = course.expression(snapshot, 1)
    found = snapshot.rows(
        LEADING.format(
            column=course.group,
            names=course.names(snapshot),
            weight=RANKED_BY.get(told.name, value),
            value=value,
            rows=rows.sql,
        ),
        rows.bound | {"top": top, "among": list(among)},
    )
    leading = {row["code"]: row["name"] for row in found}
    titles: dict[int, str | None] = {}
    if course.split == "title":
        of_titles = codes.titles(snapshot, leading)
        titles = {code: of_titles[code][1] for code in leading if code in of_titles}
    elif course.split in levels.OF_SEVERAL:
        named = codes.title_names(snapshot, [*leading.values()])
        titles = {code: named.get(own) for code, own in leading.items()}
    totals = {row["code"]: row["value"] for row in found}
    number = found[0]["groups"] if found else 0
    return Groups(leading, totals, titles, number, rest and number > len(leading))


def told_apart(
    snapshot: Snapshot,
    course: Course,
    before: Course | None,
    top: int,
    *,
    rest: bool,
    among: Sequence[str] = (),
) -> tuple[Groups, Found, Found | None] | None:
    """The same groups of a course that `adds_up`, and the values of it and of one before it.

    What all others have is the sum of it. None where too many groups would have to be looked at.
    """
    every = _every_group(snapshot, course, *([before] if before else []))
    if every is None:
        return None
    now, *then = every
    names = names_of_groups(snapshot, course)
    ranked = sorted(now, key=lambda code: (-now[code], names[code]))
    apart = {*sorted(ranked, key=lambda code: names[code] not in among)[:top]}
    leading = {code: names[code] for code in ranked if code in apart}
    totals: dict[int, float | None] = {code: now[code] for code in leading}
    titles: dict[int, str | None] = {}
    if course.split in levels.OF_SEVERAL:
        told = codes.title_names(snapshot, [*leading.values()])
        titles = {code: told.get(own) for code, own in leading.items()}
    groups = Groups(leading, totals, titles, len(now), rest and len(now) > len(leading))

    def values(of: dict[int, float]) -> Found:
        found: Found = {(code, None): value for code, value in of.items() if code in leading}
        others = [value for code, value in of.items() if code not in leading]
        return found | {(None, None): fsum(others)} if groups.rest and others else found

    return groups, values(now), values(then[0]) if then else None


def _every_group(snapshot: Snapshot, *courses: Course) -> list[dict[int, float]] | None:
    """What each group has, by code, in each course; None where that may be too many."""
    kept = [kept_groups(snapshot, course) for course in courses]
    if None not in kept:
        return [{code: value for code, (value, _) in (each or {}).items()} for each in kept]
    if courses[0].split not in OF_PLAYS:
        return None
    parts, bound = list[str](), Row()
    for side, course in enumerate(courses):
        rows = course.rows(snapshot).beside(f"of_{side}")
        value = course.metric.expression
        parts.append(
            OF_EVERY_GROUP.format(side=side, group=course.group, value=value, rows=rows.sql)
        )
        bound |= rows.bound
    found: list[dict[int, float]] = [{} for _ in courses]
    for row in snapshot.rows(" UNION ALL ".join(parts), bound):
        found[row["side"]][row["code"]] = row["value"]
    return found


def values_of(
    snapshot: Snapshot,
    course: Course,
    groups: Groups | None,
    later: int = 0,
    *,
    of_others: bool = False,
) -> Found:
    """The values of a metric; stretches are named as they are `later` days later.

    The groups may be those `of_others`: of a course that this one is compared with.
    """
    told = course.metric
    if told.name in measures.AUDIENCE:
        return _of_last_days(snapshot, course, later)
    if course.as_one and groups is not None:
        return _of_groups(snapshot, course, groups, known=not of_others)
    if course.as_one:
        values = measures.values(snapshot, [told], course.period, course.filters, course.of_zone)
        return {(None, None): values[told.name]}
    if groups is None and (kept := kept_values(snapshot, course, [told.name], later)):
        return kept[told.name]
    bucket = course.bucket(later)
    plain = not course.filters.given and course.of_zone is None
    if told.name == "viewers" and plain and groups is None:
        query = VIEWERS.format(bucket=bucket)
        bound: Row = {"from": course.period.from_, "to": course.period.to}
    else:
        rows = course.rows(snapshot)
        group, bound = "NULL::INTEGER", rows.bound
        if groups is not None:
            group = f"{course.group}::INTEGER"
            if groups.rest or of_others:
                group = f"CASE WHEN list_contains($leading::INTEGER[], {group}) THEN {group} END"
                bound = bound | {"leading": list(groups.leading)}
        value = course.expression(snapshot, course.most_stretches + 1)
        query = VALUES.format(value=value, bucket=bucket, group=group, rows=rows.sql)
    found: Found = {}
    for row in snapshot.rows(query, bound):
        found[row["code"], None if row["whole"] else row["bucket"]] = row["value"]
    return found


def kept_values(
    snapshot: Snapshot, course: Course, names: Sequence[str], later: int = 0
) -> dict[str, Found] | None:
    """The values of metrics of the course's table, by name, out of sums by day in memory.

    None where these are not kept. Of viewers they are told alone.
    """
    if course.split is not None or course.by_quarters or course.of_zone is not None:
        return None
    if [*names] == ["viewers"]:
        kept = viewer_days.of(snapshot, course.filters)
        return None if kept is None else {"viewers": _different(course, kept.different, later)}
    rows = daily_sums.rows(snapshot, course.metric.table, course.period, course.filters)
    if rows is None:
        return None
    expressions = [daily_sums.expression(name) for name in names]
    whole = rows.select(expressions).row(0, named=True)
    found: dict[str, Found] = {name: {(None, None): whole[name]} for name in names}
    if course.as_one:
        return found
    shift = timedelta(days=later)
    keys = [course.begin_of(day + shift) for day in rows["event_date"]]
    by_key = rows.with_columns(pl.Series("key", keys, pl.Date)).group_by("key").agg(expressions)
    for row in by_key.iter_rows(named=True):
        for name in names:
            found[name][None, row["key"]] = row[name]
    return found


def _different(course: Course, viewers: Callable[[Period], int], later: int) -> Found:
    """The different viewers of each stretch, and of all of them."""
    found: Found = {(None, None): viewers(course.period)}
    if course.as_one:
        return found
    return found | {
        (None, course.begin_of(part.from_)): viewers(periods.earlier(part, later))
        for part, _ in course.stretches(periods.earlier(course.period, -later))
    }


def kept_groups(snapshot: Snapshot, course: Course) -> dict[int, tuple[float, float]] | None:
    """What each group has in the period as one, and on how much that rests, by code.

    Out of sums by day in memory; None where these are not kept.
    """
    if course.split is None or course.of_zone is not None:
        return None
    table, split = course.metric.table, course.split
    if split == series_sums.LEVEL:
        rows = series_sums.rows(snapshot, table, course.period, course.filters)
    else:
        rows = daily_sums.rows(snapshot, table, course.period, course.filters, split)
    if rows is None:
        return None
    value = course.metric.expression or ""
    weight = RANKED_BY.get(course.metric.name, value)
    found = rows.group_by(split).agg(
        daily_sums.polars(value).alias("value"), daily_sums.polars(weight).alias("weight")
    )
    return {code: (of_value, of_weight) for code, of_value, of_weight in found.iter_rows()}


def names_of_groups(snapshot: Snapshot, course: Course) -> Mapping[int, str]:
    """The names of the groups of a split that are at hand, by code."""
    if course.split in OF_PLAYS:
        return codes.dimensions(snapshot)[course.group]
    query = NAMES.format(names=course.names(snapshot))
    names: dict[int, str] = snapshot.kept(
        f"names of each {course.split}", lambda: snapshot.pairs(query)
    )
    return names


def _of_groups(snapshot: Snapshot, course: Course, groups: Groups, *, known: bool) -> Found:
    """The totals of the groups that are told apart, and of the rest; those are `known` or asked."""
    name, value = course.group, course.expression(snapshot, 1)
    led = {"leading": list(groups.leading)}
    values: Found = {(code, None): total for code, total in groups.totals.items()} if known else {}
    if not known:
        rows = course.of(groups).rows(snapshot)
        query = TOTALS.format(value=value, group=f"{name}::INTEGER", rows=rows.sql, which=LED)
        for row in snapshot.rows(query, rows.bound | led):
            values[row["code"], None] = row["value"]
    if groups.rest:
        rows = course.rows(snapshot)
        group = f"CASE WHEN list_contains($leading::INTEGER[], {name}::INTEGER) THEN 1 END"
        query = TOTALS.format(value=value, group=group, rows=rows.sql, which="WHERE code IS NULL")
        for row in snapshot.rows(query, rows.bound | led):
            values[None, None] = row["value"]
    return values


def _of_last_days(snapshot: Snapshot, course: Course, later: int) -> Found:
    shift, name = timedelta(days=later), course.metric.name
    ends = {
        None if course.as_one else course.begin_of(part.from_): part.to - shift
        for part, _ in course.stretches(periods.earlier(course.period, -later))
    }
    days = measures.last_days(snapshot, sorted({*ends.values(), course.period.to}))
    values: Found = {(None, key): days[day][name] for key, day in ends.items()}
    return values | {(None, None): days[course.period.to][name]}
