"""The plays that a number is made of, newest first."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dash_app import formats, labels
from dash_app.markup import element
from dash_app.page_request import Visit
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, dimension, linked
from netflix_pipeline.contracts.dimensions import WEEKDAY
from netflix_pipeline.serving import Page, Play
from netflix_pipeline.serving.questions.plays import PlaysQuestion

SHOWN = 50
EXPORTED = 5_000
"""Plays on one page, and in one CSV."""
COUNTS = ("completer", "watcher", "starter")
"""As what a play counts, the most of it first."""


def _began(value: date) -> str:
    """When a play began; of many only the day is known."""
    return formats.moment(value) if isinstance(value, datetime) else formats.day(value)


COLUMNS = (
    TableColumn("started_at", "Began (UTC)", _began),
    TableColumn("title", "Title"),
    TableColumn("title_id", "Title's id"),
    TableColumn("user_id", "User"),
    TableColumn("watch_seconds", "Watched", lambda value: formats.minutes(value / 60)),
    TableColumn("reached", "Reached", formats.percent),
    TableColumn("counts_as", "Counts as"),
    dimension("device", "Device"),
    dimension("country", "Country"),
    dimension("plan", "Plan"),
    TableColumn("events", "Events", formats.number),
)


def plays(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the plays behind a number; `of` in the address says of which count."""
    of = visit.own("of") or "plays"
    answer = visit.source.ask(
        PlaysQuestion(
            visit.period,
            visit.narrowing,
            of=of,
            limit=limit,
            cursor=visit.own("cursor"),
            without=visit.erased,
            zone=visit.zone,
        )
    )
    heading = f"The {labels.inline(labels.metric(of))}"
    weekday, hour = visit.narrowing.weekday, visit.narrowing.hour
    if weekday is not None and weekday.is_one:
        heading += f" of {formats.dimension(WEEKDAY, weekday.values[0])}"
    if hour is not None and hour.is_one:
        begun = int(hour.values[0])
        heading += f", begun from {begun:02}:00 to {begun:02}:59 {visit.zone}"
    return listed(
        visit, answer, heading, "Newest first, each with everything that is counted of it."
    )


def listed(
    visit: Visit,
    answer: Page[tuple[Play, ...]],
    heading: str,
    summary: str,
    hidden: frozenset[str] = frozenset(),
) -> Panel:
    """The panel of a page of plays, without the columns that are `hidden`."""
    told_of = tuple(play for play in answer.data if play.user_id not in visit.erased)
    answer = answer.model_copy(update={"data": told_of})
    rows = []
    for play in answer.data:
        cells: dict[str, Any] = dict(play) | {
            "counts_as": next((name for name in COUNTS if getattr(play, name)), "play"),
            "title": labels.title(play.title_id, play.title),
        }
        if play.time_precision == "day":
            cells["started_at"] = play.event_date
        rows.append(tuple(cells[column.name] for column in COLUMNS))
    table = Table(heading, COLUMNS, tuple(rows))
    return Panel(
        name="plays",
        heading=heading,
        summary=summary,
        table=table,
        answer=answer,
        shown=element(
            "div",
            linked(
                table,
                {"title": [visit.title_page(play.title_id) for play in answer.data]},
                hidden=hidden | {"title_id"},
            ),
            paging(visit, answer),
        ),
        note=f"CSV and Excel have up to {formats.number(EXPORTED)} plays from here on."
        if answer.next
        else None,
        nothing="No play fits.",
    )


def unknown(plays: Sequence[Play]) -> frozenset[str]:
    """Columns that tell nothing of any of these plays, as of a download of titles and dates."""
    untold = {
        name
        for name in ("watch_seconds", "reached")
        if all(getattr(play, name) is None for play in plays)
    }
    if len(untold) == 2:
        untold.add("counts_as")
    if not any(play.device != "unknown" for play in plays):
        untold.add("device")
    return frozenset(untold)
