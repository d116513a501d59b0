"""The plays that a number is made of, newest first."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dash_app import formats, labels
from dash_app.filters import BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, linked
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
    TableColumn("device", "Device", lambda value: formats.dimension("device", value)),
    TableColumn("country", "Country", formats.country),
    TableColumn("plan", "Plan", lambda value: formats.dimension("plan", value)),
    TableColumn("events", "Events", formats.number),
)


def plays(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the plays behind a number; `of` in the address says of which count."""
    of = visit.own("of") or "plays"
    hour, weekday = _number(visit, "hour"), visit.narrowing.weekday
    answer = visit.source.ask(
        PlaysQuestion(
            visit.period,
            visit.narrowing,
            of=of,
            limit=limit,
            cursor=visit.own("cursor"),
            hour=hour,
            without=visit.erased,
        )
    )
    heading = f"The {labels.inline(labels.metric(of))}"
    if weekday is not None and weekday.is_one:
        heading += f" of {formats.dimension(WEEKDAY, weekday.values[0])}"
    if hour is not None:
        heading += f", begun from {hour:02}:00 to {hour:02}:59 UTC"
    return listed(
        visit, answer, heading, "Newest first, each with everything that is counted of it."
    )


def all_hours(visit: Visit) -> Html | None:
    """The way from the plays of a weekday or hour to those of all; None where these are shown."""
    if visit.narrowing.weekday is None and visit.own("hour") is None:
        return None
    everything = visit.filters.narrowed(WEEKDAY, None).with_own(hour=None, cursor=None)
    return element("p", element("a", "All weekdays and hours", href=visit.link(everything)))


def _number(visit: Visit, name: str) -> int | None:
    """A number in the address. Raises BadAddress."""
    text = visit.own(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,2}", text):
        raise BadAddress(f"the {name} {text!r} is not a number that can be one.")
    return int(text)


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
        note=f"The CSV has up to {formats.number(EXPORTED)} plays from here on."
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
