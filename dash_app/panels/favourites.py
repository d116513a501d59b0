"""What somebody watched, on what, and in which sittings: favourites, binges, devices, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash_app import formats
from dash_app.charts.bars import bars
from dash_app.figures import bars as figure
from dash_app.labels import inline, metric, title
from dash_app.panels.links import title_page
from dash_app.panels.mix import Group, divided, leading
from dash_app.panels.own_days import HOURS, Told
from dash_app.panels.panel import Panel
from dash_app.table import Column, Table, linked, measured
from dash_app.visit import Visit
from netflix_pipeline.serving import Favourite

EPISODES = Column("episodes", "Episodes", formats.number)


def series(visit: Visit, now: Told) -> Panel:
    """The panel of the series with most hours."""
    return _favourites(visit, now, now.data.series, "series", "Favourite series", EPISODES)


def films(visit: Visit, now: Told) -> Panel:
    """The panel of the films with most hours."""
    return _favourites(visit, now, now.data.films, "films", "Favourite films")


def _favourites(
    visit: Visit, now: Told, told: Sequence[Favourite], name: str, heading: str, *more: Column
) -> Panel:
    columns = (
        Column("title", "Title"),
        measured(HOURS, metric(HOURS).label, metric(HOURS).unit),
        *more,
        Column("plays", metric("plays").label, formats.number),
        Column("last_day", "Last watched", formats.day),
        Column("title_id", "Id"),
    )
    rows = tuple(
        tuple(
            title(one.title_id, one.title) if column.name == "title" else getattr(one, column.name)
            for column in columns
        )
        for one in told
    )
    table = Table(heading, columns, rows)
    links = [title_page(visit, one.title_id) for one in told]
    return Panel(
        name=name,
        heading=heading,
        summary=f"By {inline(metric(HOURS))} in these days.",
        table=table,
        answer=now.model_copy(update={"metrics": (HOURS, "plays")}),
        shown=linked(table, {"title": links}, hidden=frozenset({"title_id"})),
        nothing="None was watched in these days.",
    )


def binges(visit: Visit, now: Told) -> Panel:
    """The panel of the longest binge sittings."""
    told, total = now.data.binges, now.data.in_period
    columns = (
        Column("started_at", "Began (UTC)", formats.moment),
        Column("series", "Series"),
        Column("episodes", "Episodes", formats.number),
        measured(HOURS, "Watched", metric(HOURS).unit),
        Column("ended_at", "Ended (UTC)", formats.moment),
        Column("user_id", "Who"),
        Column("series_id", "Id"),
    )
    rows = tuple(
        tuple(
            title(one.series_id, one.series)
            if column.name == "series"
            else getattr(one, column.name)
            for column in columns
        )
        for one in told
    )
    table = Table("Longest binges", columns, rows)
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
            {"series": [title_page(visit, one.series_id) for one in told]},
            hidden=frozenset(hidden),
        ),
        nothing="No sitting in these days had three episodes of one series.",
    )


def devices(visit: Visit, now: Told) -> Panel:
    """The panel of hours by device."""
    groups = [
        Group(formats.dimension("device", one.device), one.device, one.hours_viewed)
        for one in now.data.devices
    ]
    panel = divided(
        replace(visit, filters=visit.filters.measured(HOURS)),
        now.model_copy(update={"metrics": (HOURS,)}),
        "device",
        groups,
        number=len(groups),
        compared=False,
    )
    return replace(panel, rows=None, table=replace(panel.table, links=()))


def people(visit: Visit, now: Told) -> Panel:
    """The panel of the profiles of a household, by hours."""
    told = now.data.people
    chosen = visit.filters.with_own(household=None, cursor=None)
    table = Table(
        f"{metric(HOURS).label} by profile",
        (
            Column("user_id", "Who"),
            measured(HOURS, metric(HOURS).label, metric(HOURS).unit),
            Column("plays", metric("plays").label, formats.number),
            Column("first_day", "First day ever", formats.day),
            Column("last_day", "Last day ever", formats.day),
        ),
        tuple(
            (one.user_id, one.hours_viewed, one.plays, one.first_day, one.last_day) for one in told
        ),
        tuple(visit.link(chosen.with_own(person=one.user_id)) for one in told),
    )
    hours = [one.hours_viewed for one in told]
    names = [one.user_id.partition("/")[2] or one.user_id for one in told]
    most = [name for name, each in zip(names, hours, strict=True) if each == max(hours)]
    summary = f"{leading(most)} with {formats.amount(metric(HOURS).unit, max(hours))}."
    return Panel(
        name="people",
        heading="Profiles",
        summary=summary,
        table=table,
        answer=now.model_copy(update={"metrics": (HOURS,)}),
        chart=bars(
            names,
            hours,
            [f"{formats.number(each)} h" for each in hours],
            label=f"{table.caption}. {summary}",
        ),
        figure=lambda: figure(table, "user_id", HOURS, metric(HOURS).unit),
    )
