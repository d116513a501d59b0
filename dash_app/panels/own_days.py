"""When somebody watched: by day, week or month, by year, on a calendar, in the hours of a week."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import formats
from dash_app.charts.bars import bars
from dash_app.charts.heat import calendar as drawn_calendar
from dash_app.figures import bars as bars_figure
from dash_app.figures import columns as columns_figure
from dash_app.labels import inline, metric
from dash_app.panels.hours import MONDAY, by_hour
from dash_app.panels.panel import Key, Panel
from dash_app.panels.trend import granularity, over_time
from dash_app.table import Column, Table, measured
from dash_app.visit import Visit
from netflix_pipeline.serving import (
    Answer,
    Bucket,
    ComparedWith,
    HeatMap,
    Line,
    Period,
    PersonalViewing,
    Series,
    ViewingDay,
    stretches,
)

Told = Answer[PersonalViewing]
HOURS = "hours_viewed"
A_YEAR = 371
"""Days that a calendar shows: 53 weeks."""
MONTHS_SIDE_BY_SIDE = 7
"""Months whose names find room below a calendar on a phone."""


def days_link(visit: Visit, period: Period) -> str:
    """The address of the same people's viewing in other days."""
    filters = visit.filters.with_own(cursor=None)
    return visit.link(replace(filters, preset=None, custom=period))


def trend(visit: Visit, now: Told, before: Told | None) -> Panel:
    """The panel of hours in the course of the period."""
    period = now.period
    assert period is not None
    step = granularity(period)
    parts = list(stretches(period, step))
    values = _sums(now.data.days, [part for part, _ in parts])
    compared = None
    earlier: tuple[float | None, ...] | None = None
    if before and before.period and visit.compared:
        shift = period.from_ - before.period.from_
        earlier = _sums(
            before.data.days,
            [Period(from_=part.from_ - shift, to=part.to - shift) for part, _ in parts],
        )
        compared = ComparedWith(
            by=visit.compared, period=before.period, days_before=shift.days, complete=True
        )
    line = Line(
        group=None,
        name=None,
        rest=False,
        total=now.data.in_period.hours_viewed,
        values=values,
        compared_total=before.data.in_period.hours_viewed if before and earlier else None,
        compared=earlier,
        change=None,
    )
    series = Series(
        metric=HOURS,
        granularity=step,
        split_by=None,
        groups=None,
        buckets=tuple(Bucket(from_=p.from_, to=p.to, partial=partial) for p, partial in parts),
        lines=(line,),
        compared_with=compared,
        plays_without_time=None,
    )
    frame = now.model_dump(exclude={"data", "metrics"})
    panel = over_time(visit, Answer[Series](data=series, metrics=(HOURS,), **frame), ())
    links = tuple(days_link(visit, part) for part, _ in parts) if panel.table.rows else ()
    return replace(panel, rows=None, table=replace(panel.table, links=links))


def years(visit: Visit, now: Told) -> Panel:
    """The panel of all years, whatever the period; each leads to its days."""
    told = now.data.years
    rows = []
    for at, year in enumerate(told):
        was = told[at - 1].hours_viewed if at else None
        rows.append((str(year.year), year.hours_viewed, year.active_days, year.plays, was))
    table = Table(
        f"{metric(HOURS).label} by year",
        (
            Column("year", "Year"),
            measured(HOURS, metric(HOURS).label, metric(HOURS).unit),
            Column("active_days", "Days watched", formats.number),
            Column("plays", metric("plays").label, formats.number),
            measured("compared", "Year before", metric(HOURS).unit),
        ),
        tuple(rows),
        tuple(days_link(visit, of_year(year.year)) for year in told),
    )
    hours = [year.hours_viewed for year in told]
    most = max(told, key=lambda year: year.hours_viewed)
    summary = f"Most in {most.year}: {formats.amount(metric(HOURS).unit, most.hours_viewed)}."
    return Panel(
        name="years",
        heading="Years",
        summary=summary,
        table=table,
        answer=now.model_copy(update={"metrics": (HOURS,), "period": None}),
        chart=bars(
            [str(year.year) for year in told],
            hours,
            [f"{formats.number(year.hours_viewed)} h" for year in told],
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: bars_figure(table, "year", HOURS, metric(HOURS).unit),
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
    values = [day.hours_viewed if day else None for day in watched]
    table = Table(
        f"Calendar of {inline(metric(HOURS))}",
        (
            Column("day", "Day (UTC)", formats.weekday),
            measured(HOURS, metric(HOURS).label, metric(HOURS).unit),
            Column("plays", metric("plays").label, formats.number),
        ),
        tuple(
            (day, told.hours_viewed if told else 0.0, told.plays if told else 0)
            for day, told in zip(days, watched, strict=True)
        )
        if any(watched)
        else (),
        tuple(days_link(visit, Period(from_=day, to=day)) for day in days),
    )
    summary = _calendar_summary(days, watched)
    return Panel(
        name="calendar",
        heading="Calendar",
        summary=summary,
        table=table,
        answer=now.model_copy(update={"metrics": (HOURS,)}),
        chart=drawn_calendar(
            values,
            first=days[0].weekday(),
            names={row: formats.day_of_week(MONDAY + timedelta(days=row)) for row in (0, 2, 4, 6)},
            labels=_months(days),
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: columns_figure(
            table, "day", {HOURS: False}, metric(HOURS).unit, value=metric(HOURS).label
        ),
        keys=(Key("step-1", "Less"), Key("step-7", "More")),
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
    answer = Answer[HeatMap](data=data, metrics=("hours_viewed", "activity"), **frame)
    panel = by_hour(replace(visit, filters=visit.filters.measured(HOURS)), answer)
    return replace(
        panel, heading="Hours of the week", rows=None, table=replace(panel.table, links=())
    )


def _sums(days: Sequence[ViewingDay], parts: Sequence[Period]) -> tuple[float, ...]:
    """The hours of each part, out of days in order."""
    at = [day.day for day in days]
    return tuple(
        sum(
            day.hours_viewed
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


def _calendar_summary(days: Sequence[date], watched: Sequence[ViewingDay | None]) -> str:
    known = [day for day in watched if day]
    if not known:
        return ""
    most = max(known, key=lambda day: day.hours_viewed)
    return (
        f"Something was watched on {formats.number(len(known))} of {formats.days(len(days))}; most "
        f"on {formats.weekday(most.day)} ({formats.amount(metric(HOURS).unit, most.hours_viewed)})."
    )
