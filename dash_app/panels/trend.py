"""A measure in the course of time, beside the days that it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dash_app import figures, formats, labels
from dash_app.day_notes import Note
from dash_app.page_request import Visit, days_of
from dash_app.panels.panel import Panel, nothing_of
from dash_app.panels.time_buckets import Steps
from dash_app.table import Table, TableColumn, before_cells, before_columns, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import (
    Answer,
    Bucket,
    Compare,
    Granularity,
    Period,
    beside,
    stretches,
)
from netflix_pipeline.serving.query.comparisons import ComparedWith
from netflix_pipeline.serving.query.periods import WeekStart
from netflix_pipeline.serving.questions.series import (
    Line,
    Series,
    SeriesQuestion,
)

LONGEST_BY_DAY, LONGEST_BY_WEEK = 122, 732
"""Days of a period up to which it is shown by day, and by week; a longer one is by month."""


def granularity(period: Period) -> Granularity:
    """In which steps a period is shown, so that they can be told apart."""
    if period.days <= LONGEST_BY_DAY:
        return "day"
    return "week" if period.days <= LONGEST_BY_WEEK else "month"


def trend(visit: Visit) -> Panel:
    """The panel of the page's measure in the course of its period."""
    answer = visit.source.ask(
        SeriesQuestion(
            visit.filters.by,
            visit.period,
            visit.narrowing,
            granularity=granularity(visit.period),
            compare=visit.compared,
            week_start=visit.week_start,
            zone=visit.zone,
        )
    )
    return over_time(visit, answer, visit.notes)


def over_time(
    visit: Visit,
    answer: Answer[Series],
    notes: Sequence[Note],
    *,
    name: str = "trend",
    whole: bool = False,
) -> Panel:
    """The panel of a metric by day, week or month; `notes` are what to know of days.

    They are told in the table, and so by the chart's pointer, too. A bucket leads to the same page
    of its days. `whole` says the metric of the whole period in place of the mean of its buckets,
    which for a share is another.
    """
    series = answer.data
    definition, course, steps = (
        labels.metric(series.metric),
        series.lines[0],
        Steps.of(series, notes, answer.zone),
    )
    heading = f"{definition.label} by {steps.step}"
    # Whether something happened: a share of 0 is a share of something.
    known = any(
        value is not None if definition.unit == "share" else value for value in course.values
    )
    table = _table(visit, definition, series, steps).rows_if(known)
    traces = figures.area(table, "from", definition.name)
    if course.compared and series.compared_with:
        then = formats.period(series.compared_with.period)
        traces += figures.line(table, "from", "compared", name=then, color="compare", dash="dash")
    now = formats.period(answer.period) if answer.period else None
    traces += figures.line(
        table,
        "from",
        definition.name,
        name=now,
        partial=steps.partial,
        partial_name=steps.partial_name,
    )
    return Panel(
        name=name,
        heading=heading,
        summary=summarized(definition, steps, course.values, course.total if whole else None),
        table=table,
        answer=answer,
        figure=figures.lines(
            table,
            "from",
            traces,
            value=definition.label,
            unit=definition.unit,
            shapes=steps.shapes,
        ),
        rows=visit.behind(),
        nothing=nothing_of(definition.name),
    )


def summarized(
    metric: Metric, steps: Steps, values: Sequence[float | None], whole: float | None = None
) -> str:
    """What the chart shows in a sentence: the mean, or the `whole` of the period; most, least.

    Of steps that are whole, where there are such: others have less, but not for what happened.
    """
    step = steps.step
    parts = [
        (value, days.from_, at in steps.partial)
        for at, (value, days) in enumerate(zip(values, steps.days, strict=True))
        if value is not None
    ]
    if not parts:
        return ""
    known = [(value, day) for value, day, partial in parts if not partial] or [
        (value, day) for value, day, _ in parts
    ]
    on, said = {
        "day": ("on", formats.weekday),
        "week": ("in", lambda day: f"the week of {formats.day(day)}"),
        "month": ("in", formats.month),
    }[step]
    if len(known) == 1:
        value, day = known[0]
        return f"{formats.amount(metric.unit, value)} {on} {said(day)}."
    least, most = min(known)[0], max(known)[0]
    mean = sum(value for value, _ in known) / len(known)
    first = f"{formats.amount(metric.unit, mean)} a {step} on average"
    if whole is not None:
        first = f"{formats.amount(metric.unit, whole)} in the period"
    if least == most:
        return f"{first}, the same in each {step}."

    def when(amount: float) -> str:
        days = [said(day) for value, day in known if value == amount]
        return f"{on} {formats.first_of(days, step)}"

    return (
        f"{first}; most {when(most)} ({formats.value_in(metric.unit, most)}), "
        f"least {when(least)} ({formats.value_in(metric.unit, least)})."
    )


def _table(visit: Visit, metric: Metric, series: Series, steps: Steps) -> Table:
    """A row for each bucket, which leads to the same page of its days."""
    line, compared = series.lines[0], series.compared_with
    columns = [measured(metric.name, metric.label, metric.unit)]
    values: list[Sequence[Any]] = [line.values]
    if line.compared and compared:
        said = formats.weekday if steps.by_day else _from
        columns += (
            *before_columns(metric.unit),
            TableColumn("compared_from", "Compared with", said),
        )
        days = [each.from_ - timedelta(days=compared.days_before) for each in steps.days]
        ended = compared.period.to
        earlier = zip(line.values, line.compared, strict=True)
        before, change = zip(*(before_cells(metric.unit, *each) for each in earlier), strict=True)
        values += [before, change, [day if day <= ended else None for day in days]]
    return steps.table(f"{metric.label} by {steps.step}", columns, values, visit.of_days)


def _from(first: date) -> str:
    """`from 9 Nov 2026`: the days that a week or month is compared with, by their first."""
    return f"from {formats.day(first)}"


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
    week_start: WeekStart = "monday",
) -> Answer[Series]:
    """The metric, beside the period that it is compared with. For what no series takes."""
    period, compared = days_of(now.answer), None
    steps = list(stretches(period, granularity, week_start))
    earlier: tuple[float | None, ...] | None = None
    if before and before.answer.period and compare:
        other = before.answer.period
        shift = (period.from_ - other.from_).days
        compared = ComparedWith(by=compare, period=other, days_before=shift, complete=True)
        earlier = beside(before.values, (days for days, _ in steps), period, other)
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=now.total,
        values=tuple(now.values),
        compared_total=before.total if before and compared else None,
        compared=earlier,
        change=None,
    )
    series = Series(
        metric=metric,
        granularity=granularity,
        split_by=None,
        groups=None,
        buckets=tuple(Bucket(from_=days.from_, to=days.to, partial=cut) for days, cut in steps),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = now.answer.model_dump(exclude={"data", "metrics"})
    return Answer[Series](data=series, metrics=(metric,), **frame)
