"""A metric in the course of a period: by hour, day, week or month, whole or split, compared."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving.query import measures, periods, quarter_hours
from netflix_pipeline.serving.query.buckets import (
    Bucket,
    Course,
    Found,
    Granularity,
    Groups,
    Key,
    Split,
    check,
    kept_values,
    leading_groups,
    told_apart,
    values_of,
)
from netflix_pipeline.serving.query.comparisons import Against, ComparedWith, other_side
from netflix_pipeline.serving.query.measures import chosen
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    RowTable,
    Snapshot,
)
from netflix_pipeline.time_zones import UTC


class Line(AnswerModel):
    """One line of a series: a value for each bucket, in order."""

    group: str | None = Field(
        description="the value by which the series is split; null for all together"
    )
    name: str | None = Field(
        description="the name of the title, season or series, where it is split by one of these"
    )
    rest: bool = Field(description="whether this is everything that is in no other line")
    total: float | None = Field(description="the metric over the whole period")
    values: tuple[float | None, ...] = Field(
        description="null where there is nothing to tell, and on days that only the other side of "
        "a comparison has"
    )
    compared_total: float | None = Field(description="over the whole period compared with")
    compared: tuple[float | None, ...] | None = Field(
        description="by bucket, over the same days of the period compared with; null without one"
    )
    change: periods.Change | None = Field(description="of the total; null without a comparison")


class SeriesPoint(AnswerModel):
    """One value of a series, as a row of a table."""

    group: str | None = Field(description="value by which it is split; null for all together")
    name: str | None = Field(description="of the title, season or series by which it is split")
    rest: bool = Field(description="whether this is everything that is in no other line")
    from_: date | datetime = Field(
        serialization_alias="from", description="first day, or the moment at which the hour begins"
    )
    to: date | datetime = Field(description="last day, or the moment at which the hour ends")
    partial: bool = Field(description="whether the period or the data have only a part of it")
    value: float | None = Field(description="of the metric, in its unit")
    compared: float | None = Field(description="the same in the period compared with")


class Series(AnswerModel):
    """A metric by hour, day, week or month of a period, or of it as one, together or split."""

    metric: str
    granularity: Granularity
    split_by: Split | None
    groups: int | None = Field(
        serialization_alias="group_count",
        description="how many values `split_by` has in the period, all that are in the rest "
        "included; null where it is not split",
    )
    buckets: tuple[Bucket, ...] = Field(
        description="every one of the period, in order, but days and hours that the filters by "
        "time leave out"
    )
    lines: tuple[Line, ...] = Field(
        serialization_alias="groups",
        description="most first, the rest last; one of all together where it is not split",
    )
    compared_with: ComparedWith | None = Field(description="null where none was asked for")
    plays_without_time: int | None = Field(
        description="plays of which only the day is known: they are in no number by hour; "
        "null where they are in"
    )

    def points(self) -> Iterator[SeriesPoint]:
        """Its values, line by line."""
        for line in self.lines:
            for place, bucket in enumerate(self.buckets):
                yield SeriesPoint(
                    group=line.group,
                    name=line.name,
                    rest=line.rest,
                    from_=bucket.from_,
                    to=bucket.to,
                    partial=bucket.partial,
                    value=line.values[place],
                    compared=line.compared[place] if line.compared else None,
                )


MOST_VALUES = 50_000
"""Values of a series: buckets × lines."""


class TooManyValues(BadInput):
    """The series would have more values than are answered at once."""

    parameters = ("from", "to", "granularity", "top")


@dataclass(frozen=True, slots=True)
class SeriesQuestion(Question[Series]):
    """A metric by hour, day, week or month, or of the period as one.

    Every stretch of the period, but days and hours that the filters by time leave out, here and on
    the other side of a comparison; split, the `top` groups with most of it, those `among` them in
    any case, and the `rest` as one.
    Raises NotByPeriod, FilterNotTaken, NotByHour, UnknownZone, BadPeriod and TooManyValues.
    """

    metric: str
    period: Period | None = None
    filters: Filters = ALL
    _: KW_ONLY
    granularity: Granularity = "day"
    split_by: Split | None = None
    top: int = 10
    compare: Against | None = None
    zone: str = UTC
    rest: bool = True
    week_start: periods.WeekStart = "monday"
    among: tuple[str, ...] = ()

    metrics = measures.OF_PERIODS
    rows = RowTable(SeriesPoint, Series.points)

    @override
    def metrics_of(self, data: Series) -> tuple[str, ...]:
        return (self.metric,) if data.plays_without_time is None else (self.metric, "activity")

    @override
    def warnings(self, snapshot: Snapshot) -> tuple[str, ...]:
        told = Question.warnings(self, snapshot)
        if self.granularity != "week" or self.week_start == "monday":
            return told
        if measures.of_period(self.metric).by_calendar:
            return told
        return (*told, f"{self.metric} goes by ISO weeks, which begin on Monday.")

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Series:
        course = Course(
            measures.of_period(self.metric),
            period,
            self.filters,
            self.granularity,
            self.zone,
            self.split_by,
            self.week_start,
        )
        check(course)
        other = other_side(snapshot, self.compare, period, self.filters) if self.compare else None
        before = replace(course, period=other.period, filters=other.filters) if other else None
        if before:
            check(before)
        buckets = list(course.buckets(*([before.filters] if before else [])))
        lines = self.top + 1 if course.split else 1
        if len(buckets) * lines > MOST_VALUES:
            raise TooManyValues(
                f"the series would have {len(buckets)} × {lines} values, and at most {MOST_VALUES} "
                "are answered at once: ask for a shorter period, longer buckets or fewer groups."
            )
        groups: Groups | None = None
        apart = None
        if course.adds_up:
            apart = told_apart(snapshot, course, before, self.top, rest=self.rest, among=self.among)
        if apart is not None:
            groups, found, past = apart
        else:
            if course.split:
                groups = leading_groups(
                    snapshot, course, self.top, rest=self.rest, among=self.among
                )
            found = values_of(snapshot, course, groups)
            past = _past(snapshot, before, period, groups) if before else None
        names = _compared(course, before, buckets) if before else {}
        asked = {key for key, bucket in buckets if course.lets_in(bucket.from_, self.filters)}
        empty = measures.nothing(snapshot, course.metric)

        def line(code: int | None, group: str | None, rest: bool = False) -> Line:
            total = found.get((code, None), empty)
            total_before = past.get((code, None), empty) if past is not None else None
            return Line(
                group=group,
                name=groups.titles.get(code) if groups and code is not None else None,
                rest=rest,
                total=total,
                values=tuple(
                    found.get((code, key), empty) if key in asked else None for key, _ in buckets
                ),
                compared_total=total_before,
                compared=None
                if past is None
                else tuple(
                    past.get((code, names[key]), empty) if key in names else None
                    for key, _ in buckets
                ),
                change=None if past is None else periods.change(total, total_before),
            )

        if groups is None:
            told = [line(None, None)]
        else:
            told = [line(code, name) for code, name in groups.leading.items()]
            told += [line(None, None, rest=True)] if groups.rest else []
        return Series(
            metric=course.metric.name,
            granularity=course.granularity,
            split_by=course.split,
            groups=groups.number if groups else None,
            buckets=tuple(bucket for _, bucket in buckets),
            lines=tuple(told),
            compared_with=ComparedWith.of(snapshot, self.compare, period, other)
            if self.compare and other
            else None,
            plays_without_time=quarter_hours.without_time(snapshot, period, self.filters)
            if course.by_quarters
            else None,
        )

    example = (
        {
            "metric": "viewers",
            "period": EXAMPLE_PERIOD,
            "granularity": "week",
            "split_by": "device",
        },
        Series(
            metric="viewers",
            granularity="week",
            split_by="device",
            groups=8,
            buckets=(
                Bucket(from_=date(2026, 2, 7), to=date(2026, 2, 8), partial=True),
                Bucket(from_=date(2026, 2, 9), to=date(2026, 2, 15), partial=False),
            ),
            lines=(
                Line(
                    group="smart_tv",
                    name=None,
                    rest=False,
                    total=3_410,
                    values=(1_804, 2_910),
                    compared_total=None,
                    compared=None,
                    change=None,
                ),
                Line(
                    group=None,
                    name=None,
                    rest=True,
                    total=2_204,
                    values=(902, 1_760),
                    compared_total=None,
                    compared=None,
                    change=None,
                ),
            ),
            compared_with=None,
            plays_without_time=None,
        ),
    )


def _past(snapshot: Snapshot, before: Course, period: Period, groups: Groups | None) -> Found:
    """The values of the period compared with, named as those of the period are.

    It may be longer: what is behind the period's length counts in its totals alone.
    """
    shift = period.from_ - before.period.from_
    last = min(before.period.to, period.to - shift)
    same = replace(before, period=Period(from_=before.period.from_, to=last))
    found = values_of(snapshot, same, groups, shift.days, of_others=True)
    if same != before:
        whole = values_of(snapshot, before, groups, shift.days, of_others=True)
        found |= {(code, key): value for (code, key), value in whole.items() if key is None}
    return found


def _compared(
    course: Course, before: Course, buckets: Sequence[tuple[Key, Bucket]]
) -> dict[Key, Key]:
    """For each stretch the one that it is compared with, where the other side has such."""
    shift = course.period.from_ - before.period.from_
    asked = [
        (key, bucket)
        for key, bucket in buckets
        if course.lets_in(bucket.from_ - shift, before.filters)
    ]
    if course.granularity == "hour":
        then = _same_hours(course, before, shift.days)
        return {key: then[key] for key, _ in asked if key in then}
    parts = [Period(from_=bucket.from_, to=bucket.to) for _, bucket in asked]
    known = periods.beside(parts, parts, course.period, before.period)
    return {key: key for (key, _), part in zip(asked, known, strict=True) if part}


def _same_hours(course: Course, before: Course, days: int) -> dict[Key, Key]:
    """For each hour that of the earlier period when the clock showed the same, where there is."""
    walls = {hour.wall: hour.key for hour in quarter_hours.hours(before.period, before.clock)}
    return {
        hour.key: walls[then]
        for hour in quarter_hours.hours(course.period, course.clock)
        if (then := (hour.wall[0] - 24 * days, hour.wall[1])) in walls
    }


Courses = dict[str, tuple[float | None, ...]]
"""The values of metrics by name: one of each stretch of a series of them, in order."""

COURSES = "SELECT {bucket} AS bucket, {values} FROM {rows} GROUP BY 1"


EXAMPLE_VALUES = {"plays": (1_204.0, 1_390.0), "completion_rate": (0.43, None)}


@dataclass(frozen=True, slots=True)
class CoursesQuestion(Question[Courses]):
    """The values that a series tells of several metrics, by name."""

    names: tuple[str, ...]
    period: Period | None = None
    filters: Filters = ALL
    _: KW_ONLY
    granularity: Granularity = "day"
    week_start: periods.WeekStart = "monday"
    zone: str = UTC

    dashboard_only = True

    @override
    def metrics_of(self, data: Courses) -> tuple[str, ...]:
        return self.names

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Courses:
        courses = {
            name: Course(
                measures.of_period(name),
                period,
                self.filters,
                self.granularity,
                self.zone,
                week_start=self.week_start,
            )
            for name in self.names
        }
        found: dict[str, Found] = {}
        tables: dict[str, list[str]] = defaultdict(list)
        for name, course in courses.items():
            check(course)
            counted = name == "viewers" and not self.filters.given and course.of_zone is None
            if counted or name in measures.AUDIENCE:
                found[name] = values_of(snapshot, course, None)
            else:
                tables[course.metric.table].append(name)
        # Those of one table in one pass over it.
        for names in tables.values():
            first = courses[names[0]]
            if kept := kept_values(snapshot, first, names):
                found |= kept
                continue
            rows = first.rows(snapshot)
            query = COURSES.format(bucket=first.bucket(), values=chosen(names), rows=rows.sql)
            by_bucket = {row["bucket"]: row for row in snapshot.rows(query, rows.bound)}
            for name in names:
                found[name] = {(None, key): row[name] for key, row in by_bucket.items()}
        lines = {}
        by_weeks = {course.weeks: course for course in courses.values()}
        keys = {weeks: [key for key, _ in one.buckets()] for weeks, one in by_weeks.items()}
        for name, course in courses.items():
            empty = measures.nothing(snapshot, course.metric)
            lines[name] = tuple(found[name].get((None, key), empty) for key in keys[course.weeks])
        return lines

    example = (
        {
            "names": tuple(EXAMPLE_VALUES),
            "period": Period(from_=date(2026, 3, 5), to=date(2026, 3, 6)),
        },
        EXAMPLE_VALUES,
    )
