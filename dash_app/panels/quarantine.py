"""The rows in quarantine: why they are there, and each with its file and line."""

from dash_app import figures, formats
from dash_app.markup import element
from dash_app.page_request import Visit
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel, not_drawn
from dash_app.table import Table, TableColumn, linked
from netflix_pipeline.serving import Page
from netflix_pipeline.serving.questions.quarantine import Quarantine, QuarantineQuestion

SHOWN = 25
EXPORTED = 500
"""Rows on one page, and in one CSV."""
MOST = 12
"""Reasons that are drawn; the table has all."""


def ask(visit: Visit, limit: int) -> Page[Quarantine]:
    """The rows that arrived on the page's days, of its reason, source and table."""
    return visit.source.ask(
        QuarantineQuestion(
            visit.period,
            reason=visit.own("reason"),
            source=visit.own("source"),
            table=visit.own("table"),
            limit=limit,
            cursor=visit.own("cursor"),
            without=visit.erased,
        )
    )


def reasons(visit: Visit, answer: Page[Quarantine]) -> Panel:
    """The panel of why rows are in quarantine."""
    counts = answer.data.reasons
    table = Table.of(
        "Quarantine by reason",
        (
            TableColumn("reason", "Reason", reason_in_words),
            TableColumn("rows", "Rows", formats.number),
        ),
        counts,
        (visit.link(visit.filters.with_own(reason=each.reason, cursor=None)) for each in counts),
    )
    waiting = formats.counted(answer.data.waiting, "row waits", "rows wait")
    return Panel(
        name="reasons",
        heading=table.caption,
        summary=f"{waiting}; one may have several reasons.",
        table=table,
        answer=answer,
        figure=figures.bars(table, "reason", "rows", table.texts_of("rows"), most=MOST),
        note=not_drawn(len(counts) - MOST),
        nothing="No row that arrived on these days is in quarantine.",
    )


def rows(visit: Visit, answer: Page[Quarantine]) -> Panel:
    """The panel of the rows themselves."""
    listed = answer.data.rows
    table = Table(
        "Rows in quarantine",
        (
            TableColumn("received_at", "Received (UTC)", formats.moment),
            TableColumn("reasons", "Reasons"),
            TableColumn("path", "File or request"),
            TableColumn("line", "Line", formats.number),
            TableColumn("table", "Meant for"),
            TableColumn("source", "Source"),
            TableColumn("identity", "Identity"),
            TableColumn("raw", "As it came"),
            TableColumn("id", "Id"),
        ),
        tuple(
            (
                row.received_at,
                ", ".join(map(reason_in_words, row.reasons)),
                row.path,
                int(row.id.rpartition(":")[2]),
                row.table,
                row.source,
                row.identity,
                row.raw,
                row.id,
            )
            for row in listed
        ),
    )
    return Panel(
        name="quarantine",
        heading=table.caption,
        summary=f"{formats.counted(answer.data.waiting, 'row')}, newest arrival first.",
        table=table,
        answer=answer,
        shown=element("div", linked(table, {}), paging(visit, answer)),
        note="netflix-pipeline quarantine show ID prints a row as a whole, quarantine replay ID "
        "takes it again after a fix, and trace EVENT follows an event from its file and line to "
        "every number that it is in."
        + (
            f" CSV and Excel have up to {formats.number(EXPORTED)} rows from here on."
            if answer.next
            else ""
        ),
        nothing="No row that arrived on these days is in quarantine.",
    )


def reason_in_words(reason: str) -> str:
    """A reason in words: `negative_watch_seconds` is `negative watch seconds`."""
    return reason.replace("_", " ")
