"""Several metrics in the course of a period, for little more than one."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date

from typing_extensions import override

from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving.query import measures
from netflix_pipeline.serving.query.buckets import Course, Found, Granularity, check, values_of
from netflix_pipeline.serving.query.periods import BUCKETS
from netflix_pipeline.serving.query.quarter_hours import HOUR
from netflix_pipeline.serving.query.rows import chosen
from netflix_pipeline.serving.question import ALL, Filters, Period, Question, Snapshot

Courses = dict[str, tuple[float | None, ...]]
"""The values of metrics by name: one of each stretch of the period, in order."""

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

    dashboard_only = True

    @override
    def metrics_of(self, data: Courses) -> tuple[str, ...]:
        return self.names

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Courses:
        metrics = [measures.of_period(name) for name in self.names]
        if not metrics:
            return {}
        return _several(
            snapshot, metrics, Course(metrics[0], period, self.filters, self.granularity)
        )

    example = (
        {
            "names": tuple(EXAMPLE_VALUES),
            "period": Period(from_=date(2026, 3, 5), to=date(2026, 3, 6)),
        },
        EXAMPLE_VALUES,
    )


def _several(
    snapshot: Snapshot, metrics: Sequence[Metric], course: Course
) -> dict[str, tuple[float | None, ...]]:
    """What `series` tells of each metric by stretch, those of one table in one pass over it."""
    found: dict[str, Found] = {}
    tables: dict[str, list[Metric]] = {}
    for told in metrics:
        one = replace(course, metric=told)
        check(one)
        counted = told.name == "viewers" and not course.filters.given
        if counted or told.name in measures.AUDIENCE:
            found[told.name] = values_of(snapshot, one, None)
        else:
            tables.setdefault(told.table, []).append(told)
    hourly = course.granularity == "hour"
    bucket = HOUR if hourly else BUCKETS[course.granularity].format(day="event_date")
    for of_table in tables.values():
        rows = replace(course, metric=of_table[0]).rows(snapshot)
        query = COURSES.format(bucket=bucket, values=chosen(of_table), rows=rows.sql)
        by_bucket = {row["bucket"]: row for row in snapshot.rows(query, rows.bound)}
        for told in of_table:
            found[told.name] = {(None, key): row[told.name] for key, row in by_bucket.items()}
    names = [key for key, _ in course.buckets()]
    lines = {}
    for told in metrics:
        empty = None if told.name in measures.AUDIENCE else measures.nothing(snapshot, told)
        lines[told.name] = tuple(found[told.name].get((None, key), empty) for key in names)
    return lines
