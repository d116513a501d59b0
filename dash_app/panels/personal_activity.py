"""When somebody watched: by day, week or month, by year, on a calendar, in the hours of a week."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import formats
from dash_app.figures import bars
from dash_app.figures import calendar as calendar_figure
from dash_app.labels import inline, metric
from dash_app.page_request import Visit
from dash_app.panels.course import Course, course_of
from dash_app.panels.hours import MONDAY, by_hour
from dash_app.panels.panel import Panel
from dash_app.panels.trend import granularity, over_time
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import Answer, Period, stretches
from netflix_pipeline.serving.questions.heatmap import HeatMap
from netflix_pipeline.serving.questions.viewing import PersonalViewing, ViewingDay

Told = Answer[PersonalViewing]
HOURS, PLAYS = "hours_viewed", "plays"
VARIETY = (
    TableColumn("titles", "Films and series", formats.number),
    TableColumn("episodes_played", "Episodes", formats.number),
)
"""What was played, where plays are the measure."""
A_YEAR = 371
"""Days that a calendar shows: 53 weeks."""
MONTHS_SIDE_BY_SIDE = 7
"""Months whose names find room below a calendar on a phone."""


def measure(now: Told) -> Metric:
    """By what somebody's viewing is told: hours, or plays where hardly any duration is known."""
    return metric(now.data.measure)


def beside(by: Metric) -> tuple[TableColumn, ...]:
    """The column of plays beside another measure; where they are it, they have its column."""
    return () if by.name == PLAYS else (TableColumn(PLAYS, metric(PLAYS).label, formats.number),)


def trend(visit: Visit, now: Told, before: Told | None) -> Panel:
    """The panel of their measure in the course of the period."""
    by = measure(now).name
    assert now.period is not None
    earlier = _course(before, now.period, by) if before and before.period else None
    step = granularity(now.period)
    told = course_of(by, _course(now, now.period, by), earlier, visit.compared, step)
    return replace(over_time(visit, told, (), link=visit.of_days), rows=None)


def months(visit: Visit, now: Told) -> Panel:
    """The panel of the period's months: what was played in each; each leads to its days."""
    period = now.period
    assert period is not None
    rows = now.data.months[::-1]
    by = metric(PLAYS)
    columns = (
        measured(by.name, by.label, by.unit),
        *VARIETY,
        TableColumn("active_days", "Days watched", formats.number),
    )
    most = max((month.plays for month in rows), default=0)
    busiest = [formats.month(month.month) for month in rows if month.plays == most]
    return Panel(
        name="months",
        heading="Months",
        summary=f"Most in {formats.first_of(busiest, 'month')}: {formats.amount(by.unit, most)}."
        if most
        else "",
        table=Table.of(
            "What was played by month",
            (TableColumn("month", "Month", formats.month), *columns),
            rows,
            (visit.of_days(_of_month(one.month, period)) for one in rows),
        ),
        answer=now.model_copy(update={"metrics": (PLAYS,)}),
    )


def _of_month(first: date, period: Period) -> Period:
    """The days of a month that lie in a period."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(from_=max(first, period.from_), to=min(last, period.to))


def years(visit: Visit, now: Told) -> Panel:
    """The panel of all years, whatever the period; each leads to its days."""
    rows, by = now.data.years, measure(now)
    values = [getattr(year, by.name) for year in rows]
    columns = {
        TableColumn("year", "Year"): [str(year.year) for year in rows],
        measured(by.name, by.label, by.unit): values,
        TableColumn("active_days", "Days watched", formats.number): [
            each.active_days for each in rows
        ],
        **{column: [year.plays for year in rows] for column in beside(by)},
        measured("compared", "Year before", by.unit): [None, *values[:-1]],
    }
    table = Table(
        f"{by.label} by year",
        tuple(columns),
        tuple(zip(*columns.values(), strict=True)),
        tuple(visit.of_days(of_year(year.year)) for year in rows),
    )
    most = max(values)
    busiest = [str(year.year) for year, value in zip(rows, values, strict=True) if value == most]
    said = [formats.amount(by.unit, value) for value in values]
    return Panel(
        name="years",
        heading="Years",
        summary=f"Most in {formats.first_of(busiest, 'year')}: {formats.amount(by.unit, most)}.",
        table=table,
        answer=now.model_copy(update={"metrics": (by.name,), "period": None}),
        figure=bars(table, "year", by.name, said, unit=by.unit),
    )


def of_year(year: int) -> Period:
    """All days of a year."""
    return Period(from_=date(year, 1, 1), to=date(year, 12, 31))


def calendar(visit: Visit, now: Told) -> Panel:
    """The panel of the days on a calendar: of the period, or of its last 53 weeks."""
    whole = now.period
    assert whole is not None
    first = max(whole.from_, whole.to - timedelta(days=A_YEAR - 1))
    days = [first + timedelta(days=at) for at in range((whole.to - first).days + 1)]
    known = {day.day: day for day in now.data.days}
    watched = [known.get(day) for day in days]
    by = measure(now)
    columns = (measured(by.name, by.label, by.unit), *(beside(by) or VARIETY))
    table = Table(
        f"Calendar of {inline(by)}",
        (TableColumn("day", "Day (UTC)", formats.weekday), *columns),
        tuple(
            (day, *(getattr(value, column.name) if value else 0 for column in columns))
            for day, value in zip(days, watched, strict=True)
        )
        if any(watched)
        else (),
        tuple(visit.of_days(Period(from_=day, to=day)) for day in days),
    )
    return Panel(
        name="calendar",
        heading="Calendar",
        summary=_calendar_summary(days, watched, by),
        table=table,
        answer=now.model_copy(update={"metrics": (by.name,)}),
        figure=calendar_figure(
            table,
            "day",
            by.name,
            weekdays=[formats.day_of_week(MONDAY + timedelta(days=row)) for row in range(7)],
            ticks=_months(days),
        ),
        note=f"The last 53 weeks, from {formats.day(first)} on: choose a year for others."
        if first > whole.from_
        else None,
    )


def hours(visit: Visit, now: Told) -> Panel:
    """The panel of the hours of a week."""
    period = now.period
    assert period is not None
    weekdays = Counter((period.from_ + timedelta(days=at)).weekday() for at in range(period.days))
    data = HeatMap(
        cells=now.data.hours_of_week,
        days=tuple(weekdays[day] for day in range(7)),
        plays_without_time=now.data.plays_without_time,
    )
    frame = now.model_dump(exclude={"data", "metrics"})
    answer = Answer[HeatMap](data=data, metrics=(now.data.measure, "activity"), **frame)
    panel = by_hour(replace(visit, filters=visit.filters.measured(now.data.measure)), answer)
    return replace(
        panel, heading="Hours of the week", rows=None, table=replace(panel.table, links=())
    )


def _course(answer: Told, period: Period, by: str) -> Course:
    """The measure of each part of a period, or of the one before it, out of days in order."""
    assert answer.period is not None
    shift = period.from_ - answer.period.from_
    at = [each.day + shift for each in answer.data.days]
    values = [getattr(each, by) for each in answer.data.days]
    sums = [
        sum(values[bisect_left(at, part.from_) : bisect_right(at, part.to)])
        for part, _ in stretches(period, granularity(period))
    ]
    return Course(answer, getattr(answer.data.in_period, by), sums)


def _months(days: Sequence[date]) -> dict[int, str]:
    """The names of months below the weeks in which they begin; of many, every other one."""
    offset = days[0].weekday()
    begin = [at for at, day in enumerate(days) if day.day == 1]
    shown = begin if len(begin) <= MONTHS_SIDE_BY_SIDE else begin[::2]
    return {(offset + at) // 7: formats.month_of_year(days[at]) for at in shown}


def _calendar_summary(
    days: Sequence[date], watched: Sequence[ViewingDay | None], by: Metric
) -> str:
    known = [day for day in watched if day]
    if not known:
        return ""
    most = max(getattr(day, by.name) for day in known)
    busiest = [formats.weekday(day.day) for day in known if getattr(day, by.name) == most]
    return (
        f"Something was watched on {formats.number(len(known))} of {formats.days(len(days))}; most "
        f"on {formats.first_of(busiest, 'day')} ({formats.amount(by.unit, most)})."
    )
