"""The single searches, or recommendations, that a number is made of, newest first."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dash_app import formats, labels
from dash_app.markup import element
from dash_app.page_request import Visit
from dash_app.panels.interactions import RECOMMENDATIONS, SEARCHES, InteractionPanel, nothing
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.panels.plays import EXPORTED
from dash_app.table import Table, TableColumn, dimension, linked
from netflix_pipeline.serving import Page
from netflix_pipeline.serving.questions.interaction_rows import (
    RecommendationRowsQuestion,
    SearchRowsQuestion,
)
from netflix_pipeline.serving.questions.interactions import RecommendationFilters


def _when(value: date) -> str:
    """When it was; of some only the day is known."""
    return formats.moment(value) if isinstance(value, datetime) else formats.day(value)


WHEN = TableColumn("event_time", "When (UTC)", _when)
WHO = TableColumn("user_id", "User")
DEVICE = dimension("device", "Device")
OF_SEARCHES = (
    WHEN,
    TableColumn("query", "Searched for"),
    TableColumn("results_count", "Results", formats.number),
    TableColumn("clicked_position", "Clicked result", formats.number, none="none"),
    WHO,
    DEVICE,
    dimension("country", "Country"),
)
OF_RECOMMENDATIONS = (
    WHEN,
    TableColumn("title", "Title"),
    TableColumn("title_id", "Title's id"),
    TableColumn("clicked", "Clicked", lambda value: "yes" if value else "no"),
    TableColumn("position", "Position", formats.number),
    dimension("algorithm", "Algorithm"),
    WHO,
    DEVICE,
)
WHICH = {
    "clicked": " with a click",
    "not_found": " that found nothing",
    "without_click": " without a click",
    "not_clicked": " without a click",
}
"""Which rows some counts are made of, in words; the others are made of all."""


def searches(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the searches behind a number: `of` which count, and for which `term`."""
    of, term = visit.own("of") or SEARCHES.whole, visit.own("term")
    question = SearchRowsQuestion(
        visit.period,
        visit.narrowing,
        of,
        limit,
        visit.own("cursor"),
        term=term,
        without=visit.erased,
    )
    which = WHICH.get(of, "") + (f" for “{term}”" if term else "")
    return _listed(visit, SEARCHES, visit.source.ask(question), OF_SEARCHES, which)


def recommendations(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the recommendations behind a number: `of` which count, and of `algorithm`."""
    of = visit.own("of") or RECOMMENDATIONS.whole
    question = RecommendationRowsQuestion(
        visit.period,
        RecommendationFilters(**RECOMMENDATIONS.given(visit)),
        of,
        limit,
        visit.own("cursor"),
        without=visit.erased,
    )
    answer, which = visit.source.ask(question), WHICH.get(of, "")
    return _listed(visit, RECOMMENDATIONS, answer, OF_RECOMMENDATIONS, which)


def _listed(
    visit: Visit,
    kind: InteractionPanel,
    answer: Page[Any],
    columns: Sequence[TableColumn],
    which: str,
) -> Panel:
    """The panel of a page of rows of a kind; titles lead to their pages."""
    answer = answer.model_copy(
        update={"data": tuple(row for row in answer.data if row.user_id not in visit.erased)}
    )
    heading = kind.label(kind.whole) + which
    table = Table.of(
        heading,
        columns,
        answer.data,
        event_time=lambda row: row.event_date if row.time_precision == "day" else row.event_time,
        title=lambda row: labels.title(row.title_id, row.title),
    )
    links = dict[str, list[str | None]]()
    if "title_id" in table.names:
        links["title"] = visit.title_pages(table.column("title_id"))
    return Panel(
        name=kind.rows,
        heading=heading,
        summary="Newest first.",
        table=table,
        answer=answer,
        shown=element("div", linked(table, links, frozenset({"title_id"})), paging(visit, answer)),
        note=f"CSV and Excel have up to {formats.number(EXPORTED)} rows from here on."
        if answer.next
        else None,
        nothing=nothing(visit, kind),
    )
