"""When people watch: the hours of a week."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import figures, formats, labels
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.contracts.dimensions import HOUR, WEEKDAY
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.query.periods import FIRST_DAYS
from netflix_pipeline.serving.questions.heatmap import HeatMap, HeatMapQuestion, HourOfWeek

MONDAY = date(2024, 1, 1)
LABELS = {hour: f"{hour:02}" for hour in range(0, 24, 3)}
BY_HOUR = ("hours_viewed", "plays")
"""Measures that are known by the hour; in place of others, the first is shown."""


def hours(visit: Visit) -> Panel:
    """The panel of plays or hours by weekday and hour; a weekday's mean, so that all are alike."""
    question = HeatMapQuestion(visit.period, visit.narrowing, visit.zone)
    return by_hour(visit, visit.source.ask(question))


def by_hour(visit: Visit, answer: Answer[HeatMap]) -> Panel:
    """The same of an answer that is at hand."""
    data = answer.data
    by = visit.filters.by if visit.filters.by in BY_HOUR else BY_HOUR[0]
    definition = labels.metric(by)
    first = FIRST_DAYS[visit.week_start]
    cells = sorted(data.cells, key=lambda cell: ((cell.weekday - first) % 7, cell.hour))
    listed = []
    for cell in cells:
        days = data.days[cell.weekday - 1]
        total = getattr(cell, by)
        mean = total / days if days else None
        listed.append((cell.weekday, cell.hour, mean, total))
    table = Table(
        f"{definition.label} by weekday and hour",
        (
            TableColumn("weekday", "Weekday", _weekday, words=_weekday),
            TableColumn("hour", f"Hour ({answer.zone})", _hour, words=_hour),
            measured("mean_of_a_day", f"{definition.label} a day", definition.unit),
            measured(definition.name, "In all", definition.unit),
        ),
        tuple(listed) if any(each[3] for each in listed) else (),
        _narrowings(visit, cells),
        keys=2,
    )
    known = "the hour is known" if by == "plays" else "hour and duration are known"
    return Panel(
        name="hours",
        heading=f"When people watch, by {labels.inline(definition)}",
        summary=_summary(table, definition.unit, answer.zone),
        table=table,
        answer=answer,
        figure=figures.heat_map(table, "hour", "weekday", "mean_of_a_day", ticks=LABELS),
        rows=visit.behind(metric=by),
        note=_note(visit, by, data.plays_without_time),
        nothing=f"Nothing was watched in this period of which {known}.",
    )


def _narrowings(visit: Visit, cells: Sequence[HourOfWeek]) -> tuple[str, ...]:
    """The address of the page narrowed to each hour of the week, or no longer so."""
    now = visit.filters
    told = now.narrowing.told

    def narrowed(weekday: str | None, hour: str | None) -> str:
        then = now.narrowed(WEEKDAY, weekday).narrowed(HOUR, hour)
        return visit.link(replace(then, own=()))

    # They differ in two numbers only, and to write each anew takes 50 µs.
    first, between, last = re.split(f"(?<=[?&]{WEEKDAY}=)-|(?<=&{HOUR}=)-", narrowed("-", "-"))
    return tuple(
        narrowed(None, None)
        if (told.get(WEEKDAY), told.get(HOUR)) == (f"{cell.weekday}", f"{cell.hour}")
        else f"{first}{cell.weekday}{between}{cell.hour}{last}"
        for cell in cells
    )


def _weekday(number: int) -> str:
    return formats.day_of_week(MONDAY + timedelta(days=number - 1))


def _hour(number: int) -> str:
    return f"{number:02}:00"


def _summary(table: Table, unit: str, zone: str) -> str:
    means = table.column("mean_of_a_day")
    most = max((mean or 0 for mean in means), default=0)
    if not most:
        return ""
    busiest = [
        f"{weekday} from {hour} {zone}"
        for (weekday, hour, *_), mean in zip(table.texts, means, strict=True)
        if mean == most
    ]
    return (
        f"Busiest on {formats.first_of(busiest, 'hour')}: {formats.amount(unit, most)} a day. "
        "A play counts whole in the hour in which it began."
    )


def _note(visit: Visit, by: str, without: int) -> str | None:
    notes = []
    if visit.filters.by != by:
        label = labels.metric(visit.filters.by).label
        notes.append(f"{label}: not known by the hour; shown: {labels.inline(labels.metric(by))}.")
    if without:
        count = formats.counted(without, "play")
        notes.append(f"Not in it: {count} of which only the day is known.")
    return " ".join(notes) or None
