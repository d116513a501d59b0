"""A measure in the course of time, beside the days that it is compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import compress
from typing import Any

from dash_app import figures, formats, labels
from dash_app.day_notes import Note
from dash_app.filters import NARROWINGS, BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import Visit, days_of
from dash_app.panels import comparing, expected
from dash_app.panels.panel import Panel, nothing_of
from dash_app.panels.time_buckets import Steps
from dash_app.table import Table, TableColumn, before_cells, measured
from netflix_pipeline.contracts.dimensions import SPLITS
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import (
    Answer,
    Bucket,
    Granularity,
    Period,
    Split,
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


LINES, TOGETHER = "lines", "together"
"""The name in an address, and its value, of a trend that is one line in any case."""
COLORS = ("accent", "c2", "c3", "c4", "c5")
"""Those of lines beside one another, and so the most that there are."""


def trend(visit: Visit) -> Panel:
    """The panel of the page's measure in the course of its period.

    A line for each of the values of a filter of which several are chosen, or one for all of them.
    Raises BadAddress.
    """
    chosen, lines = _several(visit), visit.own(LINES)
    if lines not in (None, TOGETHER):
        raise BadAddress(f"there are no lines {lines!r}: `{TOGETHER}`, or leave it out.")
    if chosen is None:
        return _together(visit, visit.filters.by)
    panel = _together(visit, visit.filters.by) if lines else _side_by_side(visit, *chosen)
    return replace(panel, choices=_ways(visit, chosen[0], together=lines is not None))


def _several(visit: Visit) -> tuple[Split, tuple[str, ...]] | None:
    """The one filter of which several values are chosen, and these; None without such."""
    several = [
        (name, choice.values)
        for name, choice in visit.narrowing.given.items()
        if name in SPLITS and not choice.negated and 1 < len(choice.values) <= len(COLORS)
    ]
    return several[0] if len(several) == 1 else None


def _ways(visit: Visit, by: Split, *, together: bool) -> Html:
    """Links to the trend as a line for each value, and as one."""
    ways = {None: f"By {NARROWINGS[by].lower()}", TOGETHER: "Together"}
    links = [
        element(
            "a",
            text,
            href=visit.link(visit.filters.with_own(**{LINES: way})),
            aria_current="true" if (way == TOGETHER) == together else None,
        )
        for way, text in ways.items()
    ]
    return element("div", links, role="group", aria_label="Lines", class_="segments")


def _side_by_side(visit: Visit, by: Split, values: Sequence[str]) -> Panel:
    """The panel of the page's measure with a line for each of these values."""
    answer = visit.source.ask(
        SeriesQuestion(
            visit.filters.by,
            visit.period,
            visit.narrowing,
            granularity=granularity(visit.period),
            split_by=by,
            top=len(values),
            rest=False,
            among=tuple(values),
            zone=visit.zone,
            week_start=visit.week_start,
        )
    )
    series, steps = answer.data, Steps.of(answer.data, visit.notes, answer.zone)
    definition = labels.metric(series.metric)
    names = [f"{definition.name}_{line.group}" for line in series.lines]
    called = [comparing.named(visit, by, line.group or "") for line in series.lines]
    columns = [
        measured(name, label, definition.unit) for name, label in zip(names, called, strict=True)
    ]
    heading = f"{definition.label} by {steps.step} and {NARROWINGS[by].lower()}"
    courses = [line.values for line in series.lines]
    table = steps.table(heading, columns, courses, visit.of_days).rows_if(any(map(any, courses)))
    traces: list[figures.Trace] = []
    partial_name: str | None = steps.partial_name
    for name, label, color in reversed([*zip(names, called, COLORS, strict=False)]):
        traces += figures.line(
            table,
            "from",
            name,
            name=label,
            color=color,
            partial=steps.partial,
            partial_name=partial_name,
        )
        partial_name = None  # all of them are one in the legend
    totals = [formats.amount(definition.unit, line.total) for line in series.lines]
    told = [f"{label} {total}" for label, total in zip(called, totals, strict=True)]
    return Panel(
        name="trend",
        heading=heading,
        summary=f"In the period: {', '.join(told)}.",
        table=table,
        answer=answer,
        figure=_figure(table, traces, definition, steps),
        rows=visit.behind(),
        keys={
            label: visit.narrowed(by, line.group)
            for label, line in zip(called, series.lines, strict=True)
            if line.group is not None
        },
        nothing=nothing_of(definition.name),
    )


def _together(visit: Visit, measure: str) -> Panel:
    """The panel of a measure as one line, beside what it is compared with."""
    answer = visit.source.ask(
        SeriesQuestion(
            measure,
            visit.period,
            visit.narrowing,
            granularity=granularity(visit.period),
            compare=visit.compared,
            week_start=visit.week_start,
            zone=visit.zone,
        )
    )
    return over_time(visit, answer, visit.notes, expects=True)


def over_time(
    visit: Visit,
    answer: Answer[Series],
    notes: Sequence[Note],
    *,
    name: str = "trend",
    whole: bool = False,
    expects: bool = False,
) -> Panel:
    """The panel of a metric by day, week or month; `notes` are what to know of days.

    They are told in the table, and so by the chart's pointer, too. A bucket leads to the same page
    of its days. `whole` says the metric of the whole period in place of the mean of its buckets,
    which for a share is another. One by day that `expects` shows what was expected, where it was.
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
    band = None
    if expects and steps.by_day:
        days = [each.from_ for each in steps.days]
        band = expected.band(
            visit, definition.name, definition.unit, days, course.values, steps.partial
        )
    table = _table(visit, definition, series, steps, band).rows_if(known)
    traces = figures.area(table, "from", definition.name)
    if band:
        traces = band.traces(table, definition.name)
    summary = summarized(definition, steps, course.values, course.total if whole else None)
    now = formats.period(answer.period) if answer.period else None
    if course.compared and series.compared_with:
        both, lengths = comparing.sides(visit), comparing.lengths(visit, definition)
        now, then = both or (now, formats.period(series.compared_with.period))
        traces += figures.line(table, "from", "compared", name=then, color="compare", dash="dash")
        if (both or lengths) and summary:
            totals = (course.total, course.compared_total)
            here, there = (formats.amount(definition.unit, total) for total in totals)
            told = f"; {lengths.sentence(definition, *totals)}" if lengths else ""
            summary = f"{now} {here}, against {then} {there}{told}. {summary}"
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
        summary=summary,
        table=table,
        answer=answer,
        figure=_figure(table, traces, definition, steps),
        rows=visit.behind(),
        note=band.note if band else None,
        nothing=nothing_of(definition.name),
    )


def _figure(
    table: Table, traces: Sequence[figures.Trace], metric: Metric, steps: Steps
) -> figures.Figure:
    """The lines of a metric over the steps of a period."""
    return figures.lines(
        table, "from", traces, value=metric.label, unit=metric.unit, shapes=steps.shapes
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


def _table(
    visit: Visit, metric: Metric, series: Series, steps: Steps, band: expected.Band | None
) -> Table:
    """A row for each bucket, which leads to the same page of its days."""
    line, compared = series.lines[0], series.compared_with
    columns = [measured(metric.name, metric.label, metric.unit)]
    values: list[Sequence[Any]] = [line.values]
    if line.compared and compared:
        columns += comparing.columns(visit, metric.unit)
        earlier = zip(line.values, line.compared, strict=True)
        values += zip(*(before_cells(metric.unit, *each) for each in earlier), strict=True)
    if line.compared and compared and visit.against is None:
        said = formats.weekday if steps.by_day else _from
        columns.append(TableColumn("compared_from", "Compared with", said))
        days = [each.from_ - timedelta(days=compared.days_before) for each in steps.days]
        ended = compared.period.to
        values.append([day if day <= ended else None for day in days])
    if band:
        columns += band.columns
        values += band.values
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
    compare: str | None,
    granularity: Granularity = "day",
    week_start: WeekStart = "monday",
    lets_in: Callable[[date], bool] = lambda _: True,
) -> Answer[Series]:
    """The metric, beside the period that it is compared with. For what no series takes.

    Of days it has those that the filters let in; the courses have all, with None where they do not.
    """
    period, compared = days_of(now.answer), None
    steps = list(stretches(period, granularity, week_start))
    earlier: tuple[float | None, ...] | None = None
    if before and before.answer.period and compare:
        other = before.answer.period
        shift = (period.from_ - other.from_).days
        compared = ComparedWith(by=compare, period=other, days_before=shift, complete=True)
        earlier = beside(before.values, (days for days, _ in steps), period, other)
    asked = [granularity != "day" or lets_in(days.from_) for days, _ in steps]
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=now.total,
        values=tuple(compress(now.values, asked)),
        compared_total=before.total if before and compared else None,
        compared=None if earlier is None else tuple(compress(earlier, asked)),
        change=None,
    )
    series = Series(
        metric=metric,
        granularity=granularity,
        split_by=None,
        groups=None,
        buckets=tuple(
            Bucket(from_=days.from_, to=days.to, partial=cut)
            for days, cut in compress(steps, asked)
        ),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = now.answer.model_dump(exclude={"data", "metrics"})
    return Answer[Series](data=series, metrics=(metric,), **frame)
