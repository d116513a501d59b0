"""A metric by day out of another answer, as a series would tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dash_app.page_request import Visit
from netflix_pipeline.serving import Answer, Bucket
from netflix_pipeline.serving.questions.series import ComparedWith, Line, Series


@dataclass(frozen=True)
class Daily:
    """A metric over a period, and on each of its days in order."""

    total: float | None
    values: Sequence[float | None]


def by_day(
    visit: Visit, metric: str, answer: Answer[Any], now: Daily, before: Daily | None
) -> Answer[Series]:
    """The metric on the days of the visit, and on those that they are compared with.

    For what no series takes. `answer` is where the numbers come from.
    """
    period, earlier, compare = visit.period, visit.earlier, visit.compared
    days = [period.from_ + timedelta(days=each) for each in range(period.days)]
    compared = None
    if before and earlier and compare:
        shift = (period.from_ - earlier.from_) // timedelta(days=1)
        compared = ComparedWith(by=compare, period=earlier, days_before=shift, complete=True)
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=now.total,
        values=tuple(now.values),
        compared_total=before.total if before else None,
        compared=tuple(before.values) if before else None,
        change=None,
    )
    series = Series(
        metric=metric,
        granularity="day",
        split_by=None,
        groups=None,
        buckets=tuple(Bucket(from_=day, to=day, partial=False) for day in days),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = answer.model_dump(exclude={"data", "metrics"})
    return Answer[Series](data=series, metrics=(metric,), **frame)
