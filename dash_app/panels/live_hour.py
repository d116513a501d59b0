"""The last hour as it comes in: by minute, what, where and on what, and the newest events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash_app import figures, formats, labels
from dash_app.page_request import Visit
from dash_app.panels.breakdown import OTHERS, leading
from dash_app.panels.panel import Panel, not_drawn
from dash_app.table import Table, TableColumn, dimension, linked
from netflix_pipeline.receiving.live_answers import Live, LiveShare
from netflix_pipeline.serving import Answer, SnapshotInfo

MOST = 8
"""Devices and countries that are drawn; the table has all."""
NOBODYS = ("unknown", "other")
"""Shares that are of no one device or country."""
REST = ("country", "other")
"""The share of the countries behind the first; of devices `other` is one."""
WINDOW = "the last 60 minutes, by minute of receipt"

EVENTS = TableColumn("events", "Events", formats.number)


@dataclass(frozen=True)
class GlanceCard:
    """What a card says: of what, what that means, its value, what is said below, its shape."""

    name: str
    label: str
    sentence: str
    value: float
    below: str
    trend: Sequence[float] = ()


def hours() -> TableColumn:
    """The column of the time watched."""
    return TableColumn("hours", labels.word("hours_viewed", "Hours"), formats.number)


def of_now(live: Live) -> Answer[Live]:
    """The last hour as the answer of a panel: of a moment, and of no snapshot."""
    none = SnapshotInfo(
        version=0, built_at=live.as_of, data_from=None, data_to=None, as_of=live.as_of
    )
    return Answer[Live](data=live, snapshot=none)


def glance(live: Live) -> Sequence[GlanceCard]:
    """The numbers at a glance."""
    full, last, totals = live.minutes[:-1], live.minutes[-2], live.totals
    by_type = totals.events.model_dump()
    return (
        GlanceCard(
            "watching",
            "Watching now",
            "Different people who reported viewing within the last five minutes, this one "
            "included.",
            totals.watching,
            f"{formats.short(totals.viewers)} in the last hour",
            [minute.viewers for minute in full],
        ),
        GlanceCard(
            "rate",
            "Events a minute",
            "New events of all types that came in during the last full minute, promos left out.",
            last.events,
            f"{formats.number(last.events / 60)} a second",
            [minute.events for minute in full],
        ),
        GlanceCard(
            "events",
            "Events",
            "New events of the last hour: reports of viewing, searches, recommendations, reviews.",
            sum(by_type.values()),
            ", ".join(f"{kind} {formats.short(count)}" for kind, count in by_type.items() if count),
        ),
        GlanceCard(
            "hours",
            labels.word("hours_viewed", "Hours watched"),
            "The time watched that came in during the last hour.",
            totals.hours,
            f"promos left out: {formats.short(totals.promos)}" if totals.promos else "",
            [minute.hours for minute in full],
        ),
        GlanceCard(
            "not_new",
            "Not taken",
            "Events of the last hour that were known already (duplicates), or that could not be "
            "taken and wait in quarantine.",
            totals.duplicates + totals.quarantined,
            f"{formats.short(totals.duplicates)} duplicate, "
            f"{formats.short(totals.quarantined)} quarantined",
        ),
    )


def events(_: Visit, live: Live) -> Panel:
    """The panel of the events by minute."""
    table = Table.of(
        "Events by minute",
        (
            TableColumn("minute", "Minute (UTC)", formats.clock),
            EVENTS,
            hours(),
            TableColumn("viewers", labels.word("viewers", "Viewers"), formats.number),
        ),
        live.minutes,
    )
    values = [each.events for each in live.minutes]
    parts = [figures.column(table, "minute", "events", partial={len(values) - 1})]
    return Panel(
        name="events",
        heading=table.caption,
        summary=_course(values, live, "event"),
        table=table,
        answer=of_now(live),
        figure=figures.stacked(table, "minute", parts, value="Events", ticks=_minutes(live)),
    )


def viewers(_: Visit, live: Live) -> Panel:
    """The panel of the different viewers by minute."""
    table = Table.of(
        f"{labels.word('viewers', 'Viewers')} by minute",
        (
            TableColumn("minute", "Minute (UTC)", formats.clock),
            TableColumn("viewers", labels.word("viewers", "Viewers"), formats.number),
            hours(),
        ),
        live.minutes,
    )
    values = [each.viewers for each in live.minutes]
    traces = figures.area(table, "minute", "viewers")
    traces += figures.line(table, "minute", "viewers", partial={len(values) - 1})
    return Panel(
        name="viewers",
        heading=table.caption,
        summary=_course(values, live, "viewer"),
        table=table,
        answer=of_now(live),
        figure=figures.lines(
            table, "minute", traces, value=table.label("viewers"), ticks=_minutes(live)
        ),
    )


def titles(visit: Visit, live: Live) -> Panel:
    """The panel of the titles that are watched most."""
    table = Table(
        "Top titles",
        (
            TableColumn("rank", "Rank", formats.number),
            TableColumn("title", "Title"),
            hours(),
            EVENTS,
            TableColumn("title_id", "Id"),
        ),
        tuple(
            (rank, labels.title(each.title_id, each.title), each.hours, each.events, each.title_id)
            for rank, each in enumerate(live.top_titles, 1)
        ),
        keys=2,
    )
    pages = visit.title_pages([title.title_id for title in live.top_titles])
    return Panel(
        name="titles",
        heading=table.caption,
        summary="By time watched in the last hour.",
        table=table,
        answer=of_now(live),
        shown=linked(table, {"title": pages}, hidden=frozenset({"title_id"})),
        nothing="Nobody reported viewing in the last hour.",
    )


def newest(visit: Visit, live: Live) -> Panel:
    """The panel of the newest events, as they came."""
    table = Table.of(
        "Newest events",
        (
            TableColumn("received_at", "Received (UTC)", formats.clock_with_seconds),
            TableColumn("type", "Type", lambda value: formats.dimension("type", value)),
            TableColumn("action", "Action", lambda value: formats.dimension("action", value)),
            TableColumn("title", "Title"),
            dimension("device", "Device"),
            dimension("country", "Country"),
            TableColumn("event_id", "Event"),
            TableColumn("title_id", "Title's id"),
        ),
        live.newest,
        title=lambda each: labels.title(each.title_id, each.title) if each.title_id else None,
    )
    pages = visit.title_pages([event.title_id for event in live.newest])
    return Panel(
        name="newest",
        heading=table.caption,
        summary="As they come in, newest first; promos and canaries are left out.",
        table=table,
        answer=of_now(live),
        shown=linked(table, {"title": pages}, hidden=frozenset({"title_id"})),
        note="netflix-pipeline trace EVENT shows what became of one, from here to every number.",
        nothing="No event came in during the last hour.",
    )


def shares(
    name: str, heading: str, shares_of: Callable[[Live], Sequence[LiveShare]]
) -> Callable[[Visit, Live], Panel]:
    """The panel of devices, or of countries."""

    def panel(_: Visit, live: Live) -> Panel:
        groups = [(_named(name, each.name), each) for each in shares_of(live)]
        whole = live.totals.hours
        table = Table(
            heading,
            (
                dimension(name, heading, OTHERS),
                hours(),
                TableColumn("share", "Share", formats.percent),
                EVENTS,
            ),
            tuple(
                (
                    None if (name, each.name) == REST else each.name,
                    each.hours,
                    each.hours / whole if whole else None,
                    each.events,
                )
                for _, each in groups
            ),
        )
        summary = ""
        known = [(called, each) for called, each in groups if each.name not in NOBODYS]
        if known and whole and (most := max(each.hours for _, each in known)):
            lead = leading([called for called, each in known if each.hours == most])
            summary = f"{lead} with {formats.percent(most / whole)} of the hours."
        return Panel(
            name=name,
            heading=heading,
            summary=summary,
            table=table,
            answer=of_now(live),
            figure=figures.bars(
                table,
                name,
                "hours",
                [
                    f"{formats.short(each.hours)}{formats.SPACE}h · {formats.short(each.events)}"
                    for _, each in groups
                ],
                most=MOST,
                title=f"{heading} by hours of the last hour",
            ),
            note=not_drawn(len(groups) - MOST),
            nothing="Nobody reported viewing in the last hour.",
        )

    return panel


def delay(_: Visit, live: Live) -> Panel:
    """The panel of how long events took from receipt until they could be seen."""
    lag, canary = live.delay, live.canary
    rows: list[tuple[str, float | None, datetime | None]] = [
        ("Half of the events", lag.p50, None),
        ("99 of 100", lag.p99, None),
        ("The slowest", lag.max, None),
    ]
    if canary:
        rows.append(("The newest canary, all the way", canary.delay_seconds, canary.received_at))
    table = Table(
        "Delay of visibility",
        (
            TableColumn("measured", "Measured"),
            TableColumn("seconds", "Until visible", formats.seconds),
            TableColumn("received_at", "Received (UTC)", formats.clock_with_seconds),
        ),
        tuple(row for row in rows if row[1] is not None),
    )
    return Panel(
        name="delay",
        heading=table.caption,
        summary=f"From receipt until it is visible here: {formats.counted(lag.events, 'event')} "
        "of the last five full minutes.",
        table=table,
        answer=of_now(live),
        note="A canary is an event that the platform sends to itself, the way of everybody's "
        "events: it is stored, and in no number.",
        nothing="No event came in during the last five full minutes.",
    )


def _named(by: str, name: str) -> str:
    return OTHERS if (by, name) == REST else formats.dimension(by, name)


def _minutes(live: Live) -> dict[int, str]:
    """A label for every tenth minute of the clock."""
    return {
        at: formats.clock(each.minute)
        for at, each in enumerate(live.minutes)
        if each.minute.minute % 10 == 0
    }


def _course(values: Sequence[int], live: Live, what: str) -> str:
    """What the chart shows, in a sentence: the last full minute, and the busiest."""
    most = max(values)
    if not most:
        return f"No {what} in the last hour."
    busiest = [
        formats.clock(each.minute)
        for each, value in zip(live.minutes, values, strict=True)
        if value == most
    ]
    return (
        f"{formats.counted(values[-2], what)} in the last full minute; most at "
        f"{formats.first_of(busiest, 'minute')} ({formats.number(most)})."
    )
