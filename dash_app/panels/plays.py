"""The plays that a number is made of, newest first."""

from __future__ import annotations

from typing import Any

from dash_app import formats
from dash_app.markup import element
from dash_app.panels.links import title_page
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.table import Column, Table, linked
from dash_app.visit import Visit
from netflix_pipeline.serving import Page, Play

SHOWN = 50
EXPORTED = 5_000
"""Plays on one page, and in one CSV."""

COLUMNS = (
    Column("started_at", "Began (UTC)", formats.moment),
    Column("title", "Title"),
    Column("title_id", "Title's id"),
    Column("user_id", "User"),
    Column("watch_seconds", "Watched", lambda value: formats.minutes(value / 60)),
    Column("reached", "Reached", formats.percent),
    Column("counts_as", "Counts as"),
    Column("device", "Device", lambda value: formats.dimension("device", value)),
    Column("country", "Country", formats.country),
    Column("plan", "Plan", lambda value: formats.dimension("plan", value)),
    Column("events", "Events", formats.number),
)


def plays(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the plays behind a number; `of` in the address says of which count."""
    of = visit.own("of") or "plays"
    answer = visit.queries.rows(
        visit.period, visit.narrowing, of=of, limit=limit, cursor=visit.own("cursor")
    )
    return listed(
        visit,
        answer,
        f"The {of.replace('_', ' ')}",
        "Newest first, each with everything that is counted of it.",
    )


def listed(
    visit: Visit,
    answer: Page[tuple[Play, ...]],
    heading: str,
    summary: str,
    hidden: frozenset[str] = frozenset(),
) -> Panel:
    """The panel of a page of plays, without the columns that are `hidden`."""
    rows = []
    for play in answer.data:
        told: dict[str, Any] = dict(play) | {
            "counts_as": _counts_as(play.starter, play.watcher, play.completer),
            "title": play.title or play.title_id,
        }
        rows.append(tuple(told[column.name] for column in COLUMNS))
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
                {"title": [title_page(visit, play.title_id) for play in answer.data]},
                hidden=hidden | {"title_id"},
            ),
            paging(visit, answer),
        ),
        note=f"The CSV has the next {formats.number(EXPORTED)} plays from here on."
        if answer.next
        else None,
        nothing="No play fits.",
    )


def _counts_as(starter: bool, watcher: bool, completer: bool) -> str:
    if completer:
        return "completer"
    return "watcher" if watcher else "starter" if starter else "play"
