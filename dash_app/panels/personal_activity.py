"""How somebody watched: by day, year and hour, and what: favourites, binges, devices, people."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import figures, formats, labels
from dash_app.page_request import Visit, days_of
from dash_app.panels.breakdown import Group, divided, leading
from dash_app.panels.hours import MONDAY, by_hour
from dash_app.panels.panel import Panel
from dash_app.panels.trend import Course, course_of, granularity, over_time
from dash_app.table import Table, TableColumn, linked, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import Answer, Period, stretches
from netflix_pipeline.serving.query.periods import FIRST_DAYS, WeekStart
from netflix_pipeline.serving.questions.heatmap import HeatMap
from netflix_pipeline.serving.questions.viewing import Favourite, PersonalViewing, ViewingDay

Told = Answer[PersonalViewing]
HOURS, PLAYS = "hours_viewed", "plays"
VARIETY = (
    TableColumn("titles", "Films and series", formats.number),
    TableColumn("episodes_played", "Episodes", formats.number),
)
"""What was played, where plays are the measure."""
EPISODES = TableColumn("episodes", "Episodes", formats.number)
EPISODES_PLAYED = TableColumn("episodes_played", "Episodes", formats.number)
PROGRESS = (
    TableColumn("season", "Up to season", formats.number),
    TableColumn("episode", "Episode", formats.number),
)
A_YEAR = 371
"""Days that a calendar shows: 53 weeks."""
MONTHS_SIDE_BY_SIDE = 7
"""Months whose names find room below a calendar on a phone."""


def measure(now: Told) -> Metric:
    """By what somebody's viewing is told: hours, or plays where hardly any duration is known."""
    return labels.metric(now.data.measure)


def beside(by: Metric) -> tuple[TableColumn, ...]:
    """The column of plays beside another measure; where they are it, they have its column."""
    return (
        ()
        if by.name == PLAYS
        else (TableColumn(PLAYS, labels.metric(PLAYS).label, formats.number),)
    )


def trend(visit: Visit, now: Told, before: Told | None) -> Panel:
    """The panel of their measure in the course of the period."""
    by, period, weeks = measure(now).name, days_of(now), visit.week_start
    earlier = _course(before, period, by, weeks) if before and before.period else None
    now_course = _course(now, period, by, weeks)
    told = course_of(by, now_course, earlier, visit.compared, granularity(period), weeks)
    return replace(over_time(visit, told, ()), rows=None)


def months(visit: Visit, now: Told) -> Panel:
    """The panel of the period's months: what was played in each; each leads to its days."""
    period = days_of(now)
    rows = now.data.months[::-1]
    by = labels.metric(PLAYS)
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
        figure=figures.bars(table, "year", by.name, said, unit=by.unit),
    )


def of_year(year: int) -> Period:
    """All days of a year."""
    return Period(from_=date(year, 1, 1), to=date(year, 12, 31))


def calendar(visit: Visit, now: Told) -> Panel:
    """The panel of the days on a calendar: of the period, or of its last 53 weeks."""
    whole, begin = days_of(now), FIRST_DAYS[visit.week_start]
    first = max(whole.from_, whole.to - timedelta(days=A_YEAR - 1))
    days = Period(from_=first, to=whole.to).each
    known = {day.day: day for day in now.data.days}
    watched = [known.get(day) for day in days]
    by = measure(now)
    columns = (measured(by.name, by.label, by.unit), *(beside(by) or VARIETY))
    table = Table(
        f"Calendar of {labels.inline(by)}",
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
        figure=figures.calendar(
            table,
            "day",
            by.name,
            weekdays=[
                formats.day_of_week(MONDAY + timedelta(days=begin - 1 + row)) for row in range(7)
            ],
            ticks=_months(days, begin),
            week_start=begin,
        ),
        note=f"The last 53 weeks, from {formats.day(first)} on: choose a year for others."
        if first > whole.from_
        else None,
    )


def hours(visit: Visit, now: Told) -> Panel:
    """The panel of the hours of a week."""
    period = days_of(now)
    weekdays = Counter(day.weekday() for day in period.each)
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


def _course(answer: Told, period: Period, by: str, week_start: WeekStart) -> Course:
    """The measure of each part of a period, or of the one before it, out of days in order."""
    shift = period.from_ - days_of(answer).from_
    at = [each.day + shift for each in answer.data.days]
    values = [getattr(each, by) for each in answer.data.days]
    sums = [
        sum(values[bisect_left(at, part.from_) : bisect_right(at, part.to)])
        for part, _ in stretches(period, granularity(period), week_start)
    ]
    return Course(answer, getattr(answer.data.in_period, by), sums)


def _months(days: Sequence[date], week_start: int) -> dict[int, str]:
    """The names of months below the weeks in which they begin; of many, every other one."""
    offset = (days[0].isoweekday() - week_start) % 7
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


def series(visit: Visit, now: Told) -> Panel:
    """The panel of the series with most hours, or plays, and how far they were played."""
    rows = now.data.series
    episodes = EPISODES_PLAYED if measure(now).name == PLAYS else EPISODES
    # Many accounts' titles name seasons, few number episodes.
    progress = [
        column for column in PROGRESS if any(getattr(one, column.name) is not None for one in rows)
    ]
    return _favourites(visit, now, rows, "series", "Favourite series", episodes, *progress)


def films(visit: Visit, now: Told) -> Panel:
    """The panel of the films with most hours, or plays."""
    return _favourites(visit, now, now.data.films, "films", "Favourite films")


def _favourites(
    visit: Visit,
    now: Told,
    favourites_of_it: Sequence[Favourite],
    name: str,
    heading: str,
    *more: TableColumn,
) -> Panel:
    by = measure(now)
    columns = (
        TableColumn("title", "Title"),
        measured(by.name, by.label, by.unit),
        *more[:1],
        *beside(by),
        *more[1:],
        TableColumn("last_day", "Last watched", formats.day),
        TableColumn("title_id", "Id"),
    )
    table = Table.of(
        heading, columns, favourites_of_it, title=lambda one: labels.title(one.title_id, one.title)
    )
    links = [visit.title_page(one.title_id) for one in favourites_of_it]
    return Panel(
        name=name,
        heading=heading,
        summary=f"By {labels.inline(by)} in these days.",
        table=table,
        answer=now.model_copy(update={"metrics": tuple(dict.fromkeys((by.name, PLAYS)))}),
        shown=linked(table, {"title": links}, hidden=frozenset({"title_id"})),
        nothing="None was watched in these days.",
    )


def binges(visit: Visit, now: Told) -> Panel:
    """The panel of the longest binge sittings."""
    sittings, total = now.data.binges, now.data.in_period
    columns = (
        TableColumn("started_at", "Began (UTC)", formats.moment),
        TableColumn("series", "Series"),
        TableColumn("episodes", "Episodes", formats.number),
        measured(HOURS, "Watched", labels.metric(HOURS).unit),
        TableColumn("ended_at", "Ended (UTC)", formats.moment),
        TableColumn("user_id", "Who"),
        TableColumn("series_id", "Id"),
    )
    table = Table.of(
        "Longest binges",
        columns,
        sittings,
        series=lambda one: labels.title(one.series_id, one.series),
    )
    hidden = {"series_id"} | ({"user_id"} if len(now.data.people) == 1 else set())
    count = (
        f"{formats.number(total.binge_sittings)} of {formats.counted(total.sittings, 'sitting')}"
    )
    return Panel(
        name="binges",
        heading="Longest binges",
        summary=f"{count} had three episodes of one series or more.",
        table=table,
        answer=now.model_copy(update={"metrics": ("sittings", "binge_rate", HOURS)}),
        shown=linked(
            table,
            {"series": [visit.title_page(one.series_id) for one in sittings]},
            hidden=frozenset(hidden),
        ),
        nothing="No sitting in these days had three episodes of one series.",
    )


def devices(visit: Visit, now: Told) -> Panel:
    """The panel of hours, or plays, by device."""
    by = measure(now)
    groups = [
        Group(formats.dimension("device", one.device), one.device, getattr(one, by.name))
        for one in now.data.devices
    ]
    panel = divided(
        replace(visit, filters=visit.filters.measured(by.name)),
        now.model_copy(update={"metrics": (by.name,)}),
        "device",
        groups,
        number=len(groups),
        compared=False,
    )
    return replace(panel, rows=None, table=replace(panel.table, links=()))


def people(visit: Visit, now: Told) -> Panel:
    """The panel of the profiles of a household, by hours, or plays."""
    rows, by = now.data.people, measure(now)
    values = [getattr(one, by.name) for one in rows]
    chosen = visit.filters.with_own(household=None, cursor=None)
    columns = (
        TableColumn("user_id", "Who"),
        measured(by.name, by.label, by.unit),
        *beside(by),
        TableColumn("first_day", "First day ever", formats.day),
        TableColumn("last_day", "Last day ever", formats.day),
    )
    links = [visit.link(chosen.with_own(person=one.user_id)) for one in rows]
    table = Table.of(f"{by.label} by profile", columns, rows, links)
    names = [one.user_id.partition("/")[2] or one.user_id for one in rows]
    most = [name for name, each in zip(names, values, strict=True) if each == max(values)]
    said = [formats.amount(by.unit, each) for each in values]
    return Panel(
        name="people",
        heading="Profiles",
        summary=f"{leading(most)} with {formats.amount(by.unit, max(values))}.",
        table=table,
        answer=now.model_copy(update={"metrics": (by.name,)}),
        figure=figures.bars(table, "user_id", by.name, said, unit=by.unit, names=names),
    )
