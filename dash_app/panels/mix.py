"""How a measure divides: by device, country, genre, or another dimension of the plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash_app import formats
from dash_app.charts.bars import bars
from dash_app.figures import bars as figure
from dash_app.panels.links import behind
from dash_app.panels.panel import Panel
from dash_app.table import Column, Table, measured
from dash_app.visit import Visit
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving import Answer, Line, Series, Split

HEADINGS: dict[Split, str] = {
    "device": "Devices",
    "country": "Countries",
    "genre": "Genres",
    "content_type": "Types",
    "plan": "Plans",
}
MOST = 8
"""Groups that are told apart; the others are one row more."""
WHOLE = frozenset({"hours_viewed", "views", "plays", "starters", "watchers", "completers"})
"""Measures of which the groups add up to the whole: only they have shares."""


@dataclass(frozen=True)
class Group:
    """One part: how people call it, its value of the dimension (None: all others), its amounts."""

    name: str
    value: str | None
    total: float
    before: float | None = None


def ask(visit: Visit, by: Split) -> Answer[Series]:
    """What `mix` shows."""
    return visit.queries.series(
        visit.filters.by,
        visit.period,
        visit.narrowing,
        granularity="whole",
        split_by=by,
        top=MOST,
        compare=visit.compared,
    )


def mix(visit: Visit, by: Split) -> Panel:
    """The panel of the page's measure by one dimension, most first."""
    answer = ask(visit, by)
    series = answer.data
    groups = [
        Group(named(by, line), line.group, line.total, line.compared_total)
        for line in series.lines
        if line.total
    ]
    compared = series.compared_with is not None
    return divided(visit, answer, by, groups, number=series.groups or 0, compared=compared)


def divided(
    visit: Visit,
    answer: Answer[Any],
    by: Split,
    groups: Sequence[Group],
    *,
    number: int,
    compared: bool,
) -> Panel:
    """The panel of the page's measure of some groups, out of so many."""
    told = metric(visit.filters.by)
    whole = sum(group.total for group in groups) if told.name in WHOLE else None
    heading = f"{HEADINGS[by]} by {told.label.lower()}"
    summary = _summary(told.unit, groups, whole, number)
    columns = [Column(by, HEADINGS[by]), measured(told.name, told.label, told.unit)]
    if whole:
        columns.append(Column("share", "Share", formats.percent))
    if compared:
        columns.append(measured("compared", "Before", told.unit))
    rows = [
        (
            group.name,
            group.total,
            *((group.total / whole,) if whole else ()),
            *((group.before,) if compared else ()),
        )
        for group in groups
    ]
    links = [behind(visit, narrowed={by: group.value} if group.value else {}) for group in groups]
    table = Table(heading, tuple(columns), tuple(rows), tuple(links))
    said = [
        formats.short_in(told.unit, group.total)
        + (f" · {formats.percent(group.total / whole)}" if whole else "")
        for group in groups
    ]
    totals = [group.total for group in groups]
    return Panel(
        name=by.replace("_", "-"),
        heading=heading,
        summary=summary,
        table=table,
        answer=answer,
        chart=bars([group.name for group in groups], totals, said, label=f"{heading}. {summary}"),
        figure=lambda: figure(table, by, told.name, told.unit),
        rows=behind(visit),
    )


def named(by: str, line: Line) -> str:
    """What people call a group."""
    if line.rest or line.group is None:
        return "All others"
    return line.name or formats.dimension(by, line.group)


def _summary(unit: str, groups: Sequence[Group], whole: float | None, number: int) -> str:
    if not groups:
        return ""
    most = formats.value_in(unit, groups[0].total)
    share = f", {formats.percent(groups[0].total / whole)} of all" if whole else ""
    return f"{groups[0].name} leads with {most}{share}; {formats.number(number)} in all."
