"""A metric in the course of time out of another answer, as a series would tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netflix_pipeline.serving import Answer, Bucket, Compare, Granularity, stretches
from netflix_pipeline.serving.questions.series import ComparedWith, Line, Series


@dataclass(frozen=True)
class Course:
    """A metric over the period of an answer, and in each of its days, weeks or months in order."""

    answer: Answer[Any]
    total: float | None
    values: Sequence[float | None]


def course_of(
    metric: str,
    now: Course,
    before: Course | None,
    compare: Compare | None,
    granularity: Granularity = "day",
) -> Answer[Series]:
    """The metric, beside the period that it is compared with. For what no series takes."""
    period, compared = now.answer.period, None
    assert period is not None
    if before and before.answer.period and compare:
        earlier = before.answer.period
        shift = (period.from_ - earlier.from_).days
        compared = ComparedWith(by=compare, period=earlier, days_before=shift, complete=True)
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=now.total,
        values=tuple(now.values),
        compared_total=before.total if before and compared else None,
        compared=tuple(before.values) if before and compared else None,
        change=None,
    )
    series = Series(
        metric=metric,
        granularity=granularity,
        split_by=None,
        groups=None,
        buckets=tuple(
            Bucket(from_=days.from_, to=days.to, partial=cut)
            for days, cut in stretches(period, granularity)
        ),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = now.answer.model_dump(exclude={"data", "metrics"})
    return Answer[Series](data=series, metrics=(metric,), **frame)
