"""The share of searches or recommendations that was clicked: in the course of time, by group."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash_app import formats
from dash_app.figures import bars
from dash_app.page_request import Visit
from dash_app.panels.interactions import InteractionPanel, ask, nothing, refused
from dash_app.panels.panel import Panel
from dash_app.panels.trend import over_time
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.serving import Period, compared_with

MOST_DAYS = 366
"""Days that are told by group at once."""
OTHERS = "(others)"
"""The group that stands for all but the largest, as answers have it."""


def share(visit: Visit, kind: InteractionPanel) -> Panel:
    """The panel of the share that was clicked, in the course of the period."""
    name, course = f"{kind.name}-clicks", ask(visit, kind)
    if course is None:
        return refused(visit, kind, name, kind.share.label)
    notes = visit.notes_of(visit.period, kind.arrived)
    panel = over_time(visit, course.course, notes, name=name, link=visit.of_days, whole=True)
    facts = [("Rests on", kind.rests_on(course.now))]
    return replace(panel, rows=None, facts=facts, nothing=nothing(visit, kind))


def groups(visit: Visit, kind: InteractionPanel, by: str) -> Panel:
    """The panel of the share that was clicked by a dimension, the largest group first."""
    name = f"{kind.name}-{by}"
    heading = f"{kind.share.label} by {by}"
    if kind.refused(visit):
        return refused(visit, kind, name, heading)
    period = _latest(visit.period)
    given = kind.given(visit)
    answer = visit.source.ask(kind.ask(period, given, by))
    earlier = (
        compared_with(visit.source.current(), period, visit.compared) if visit.compared else None
    )
    before = {
        each.group: getattr(each, kind.share.name)
        for each in (visit.source.ask(kind.ask(earlier, given, by)).data.groups if earlier else ())
    }
    rows = answer.data.groups
    labels = ["All others" if e.group == OTHERS else formats.dimension(by, e.group) for e in rows]
    shares = [getattr(each, kind.share.name) for each in rows]
    table = Table(
        heading,
        (
            TableColumn(by, by.capitalize()),
            measured(kind.share.name, kind.share.label, kind.share.unit),
            *((measured("compared", "Before", kind.share.unit),) if earlier else ()),
            *(TableColumn(column, kind.label(column), formats.number) for column in kind.counts),
        ),
        tuple(
            (
                label,
                value,
                *((before.get(each.group),) if earlier else ()),
                *(getattr(each, column) for column in kind.counts),
            )
            for label, value, each in zip(labels, shares, rows, strict=True)
        ),
        tuple(_narrower(visit, by, each.group) for each in rows),
    )
    said = [
        f"{formats.percent(value)} of {formats.short(getattr(each, kind.whole))}"
        for value, each in zip(shares, rows, strict=True)
    ]
    return Panel(
        name=name,
        heading=heading,
        summary=_summary(kind, labels, answer.data),
        table=table,
        answer=answer,
        figure=bars(table, by, kind.share.name, said, unit=kind.share.unit),
        note=f"Of the last {MOST_DAYS} days of the period." if period != visit.period else None,
        nothing=nothing(visit, kind),
    )


def _summary(kind: InteractionPanel, labels: Sequence[str], data: Any) -> str:
    """The largest group beside all together: small ones differ by chance."""
    if not labels:
        return ""
    first, every = data.groups[0], data.totals
    share = kind.share.name
    alike = sum(
        getattr(each, kind.whole) == getattr(first, kind.whole)
        for each in data.groups
        if each.group != OTHERS
    )
    most = "which has most" if alike <= 1 else "one of those with most"
    return (
        f"{formats.percent(getattr(first, share))} for {labels[0]}, {most}; "
        f"{formats.percent(getattr(every, share))} of all "
        f"{formats.number(getattr(every, kind.whole))}."
    )


def _narrower(visit: Visit, by: str, group: str) -> str:
    """Where a group leads: to this page narrowed to it; that of the others to all of it."""
    if group == OTHERS:
        return visit.link()
    if by in visit.page.own:
        return visit.link(visit.filters.with_own(**{by: group}))
    return visit.link(visit.filters.narrowed(by, group))


def _latest(period: Period) -> Period:
    """The last days of a period, as many as are told by group."""
    first = period.to.toordinal() - MOST_DAYS + 1
    if period.from_.toordinal() >= first:
        return period
    return Period(from_=period.to - timedelta(days=MOST_DAYS - 1), to=period.to)
