"""When somebody watched: by day, week or month, by year, on a calendar, in the hours of a week."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import formats
from dash_app.charts.bars import bars
from dash_app.charts.heat_map import calendar as drawn_calendar
from dash_app.figures import bars as bars_figure
from dash_app.figures import columns as columns_figure
from dash_app.labels import inline, metric
from dash_app.page_request import Visit
from dash_app.panels.hours import MONDAY, by_hour
from dash_app.panels.panel import LegendEntry, Panel
from dash_app.panels.trend import granularity, over_time
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import Answer, Bucket, Period, stretches
from netflix_pipeline.serving.questions.heatmap import HeatMap
from netflix_pipeline.serving.questions.series import ComparedWith, Line, Series
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


def days_link(visit: Visit, period: Period) -> str:
    """The address of the same people's viewing in other days."""
    filters = visit.filters.with_own(cursor=None)
    return visit.link(replace(filters, preset=None, custom=period))


def trend(visit: Visit, now: Told, before: Told | None) -> Panel:
    """The panel of their measure in the course of the period."""
    period, by = now.period, measure(now).name
    assert period is not None
    step = granularity(period)
    parts = list(stretches(period, step))
    values = _sums(now.data.days, [part for part, _ in parts], by)
    compared = None
    earlier: tuple[float | None, ...] | None = None
    if before and before.period and visit.compared:
        shift = period.from_ - before.period.from_
        earlier = _sums(
            before.data.days,
            [Period(from_=part.from_ - shift, to=part.to - shift) for part, _ in parts],
            by,
        )
        compared = ComparedWith(
            by=visit.compared, period=before.period, days_before=shift.days, complete=True
        )
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=getattr(now.data.in_period, by),
        values=values,
        compared_total=getattr(before.data.in_period, by) if before and earlier else None,
        compared=earlier,
        change=None,
    )
    series = Series(
        metric=by,
        granularity=step,
        split_by=None,
        groups=None,
        buckets=tuple(Bucket(from_=p.from_, to=p.to, partial=partial) for p, partial in parts),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = now.model_dump(exclude={"data", "metrics"})
    panel = over_time(visit, Answer[Series](data=series, metrics=(by,), **frame), ())
    links = tuple(days_link(visit, part) for part, _ in parts) if panel.table.rows else ()
    return replace(panel, rows=None, table=replace(panel.table, links=links))


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
        table=Table(
            "What was played by month",
            (TableColumn("month", "Month", formats.month), *columns),
            tuple((one.month, *(getattr(one, name.name) for name in columns)) for one in rows),
            tuple(days_link(visit, _of_month(one.month, period)) for one in rows),
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
        tuple(days_link(visit, of_year(year.year)) for year in rows),
    )
    most = max(values)
    busiest = [str(year.year) for year, value in zip(rows, values, strict=True) if value == most]
    summary = f"Most in {formats.first_of(busiest, 'year')}: {formats.amount(by.unit, most)}."
    return Panel(
        name="years",
        heading="Years",
        summary=summary,
        table=table,
        answer=now.model_copy(update={"metrics": (by.name,), "period": None}),
        chart=bars(
            [str(year.year) for year in rows],
            values,
            [formats.amount(by.unit, value) for value in values],
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: bars_figure(table, "year", by.name, by.unit),
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
    values = [getattr(day, by.name) if day else None for day in watched]
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
        tuple(days_link(visit, Period(from_=day, to=day)) for day in days),
    )
    summary = _calendar_summary(days, watched, by)
    return Panel(
        name="calendar",
        heading="Calendar",
        summary=summary,
        table=table,
        answer=now.model_copy(update={"metrics": (by.name,)}),
        chart=drawn_calendar(
            values,
            first=days[0].weekday(),
            names={row: formats.day_of_week(MONDAY + timedelta(days=row)) for row in (0, 2, 4, 6)},
            labels=_months(days),
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: columns_figure(table, "day", {by.name: False}, by.unit, value=by.label),
        keys=(LegendEntry("step-1", "Less"), LegendEntry("step-7", "More")),
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


def _sums(days: Sequence[ViewingDay], parts: Sequence[Period], by: str) -> tuple[float, ...]:
    """The measure of each part, out of days in order."""
    at = [day.day for day in days]
    return tuple(
        sum(
            getattr(day, by)
            for day in days[bisect_left(at, part.from_) : bisect_right(at, part.to)]
        )
        for part in parts
    )


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
