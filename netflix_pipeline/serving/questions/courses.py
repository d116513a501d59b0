"""Several metrics in the course of a period, for little more than one."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections import defaultdict
from dataclasses import KW_ONLY, dataclass
from datetime import date

from typing_extensions import override

from netflix_pipeline.serving.query import buckets, measures
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
    granularity: buckets.Granularity = "day"

    dashboard_only = True

    @override
    def metrics_of(self, data: Courses) -> tuple[str, ...]:
        return self.names

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Courses:
        courses = {
            name: buckets.Course(measures.of_period(name), period, self.filters, self.granularity)
            for name in self.names
        }
        found: dict[str, buckets.Found] = {}
        tables: dict[str, list[buckets.Course]] = defaultdict(list)
        for name, course in courses.items():
            buckets.check(course)
            counted = name == "viewers" and not self.filters.given
            if counted or name in measures.AUDIENCE:
                found[name] = buckets.values_of(snapshot, course, None)
            else:
                tables[course.metric.table].append(course)
        # Those of one table in one pass over it.
        for first, *others in tables.values():
            metrics = [first.metric, *(course.metric for course in others)]
            rows = first.rows(snapshot)
            query = COURSES.format(bucket=first.bucket(), values=chosen(metrics), rows=rows.sql)
            by_bucket = {row["bucket"]: row for row in snapshot.rows(query, rows.bound)}
            for name in [metric.name for metric in metrics]:
                found[name] = {(None, key): row[name] for key, row in by_bucket.items()}
        lines = {}
        keys = [key for course in [*courses.values()][:1] for key, _ in course.buckets()]
        for name, course in courses.items():
            empty = measures.nothing(snapshot, course.metric)
            lines[name] = tuple(found[name].get((None, key), empty) for key in keys)
        return lines

    example = (
        {
            "names": tuple(EXAMPLE_VALUES),
            "period": Period(from_=date(2026, 3, 5), to=date(2026, 3, 6)),
        },
        EXAMPLE_VALUES,
    )
