"""What somebody watched, on what, and in which sittings: favourites, binges, devices, people."""

from collections.abc import Sequence
from dataclasses import replace

from dash_app import formats
from dash_app.figures import bars
from dash_app.labels import inline, metric, title
from dash_app.page_request import Visit
from dash_app.panels.breakdown import Group, divided, leading
from dash_app.panels.links import title_page
from dash_app.panels.panel import Panel
from dash_app.panels.personal_activity import HOURS, PLAYS, Told, beside, measure
from dash_app.table import Table, TableColumn, linked, measured
from netflix_pipeline.serving.questions.viewing import Favourite

EPISODES = TableColumn("episodes", "Episodes", formats.number)
EPISODES_PLAYED = TableColumn("episodes_played", "Episodes", formats.number)
PROGRESS = (
    TableColumn("season", "Up to season", formats.number),
    TableColumn("episode", "Episode", formats.number),
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
        heading, columns, favourites_of_it, title=lambda one: title(one.title_id, one.title)
    )
    links = [title_page(visit, one.title_id) for one in favourites_of_it]
    return Panel(
        name=name,
        heading=heading,
        summary=f"By {inline(by)} in these days.",
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
        measured(HOURS, "Watched", metric(HOURS).unit),
        TableColumn("ended_at", "Ended (UTC)", formats.moment),
        TableColumn("user_id", "Who"),
        TableColumn("series_id", "Id"),
    )
    table = Table.of(
        "Longest binges", columns, sittings, series=lambda one: title(one.series_id, one.series)
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
            {"series": [title_page(visit, one.series_id) for one in sittings]},
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
        figure=bars(table, "user_id", by.name, said, unit=by.unit, names=names),
    )
