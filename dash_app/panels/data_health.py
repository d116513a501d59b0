"""How what is shown stands: how old it is, what was checked of it, which snapshots there are."""

from datetime import UTC, datetime

from dash_app import formats
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels.cards import number, plain_card
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.contracts.outcomes import PROCESSING_FAILED
from netflix_pipeline.serving import Answer, arrivals
from netflix_pipeline.serving.questions.quality import Checks, KeptSnapshotsQuestion

STALE = (
    "A day that does not keep its table's contract is not published: its last good version stays, "
    "and is stale. So is one of which the data changed since."
)


def cards(visit: Visit, answer: Answer[Checks]) -> list[Html]:
    """How old what is shown is, and whether its checks passed."""
    info, data = visit.info, answer.data
    facts = [("Snapshot", str(info.version)), ("Built", formats.moment(info.built_at))]
    old = (datetime.now(UTC) - info.as_of).total_seconds() if info.as_of else None
    stale = formats.counted(len(data.stale), "day")
    return [
        plain_card(
            "Age",
            "How long ago the newest record was received that is in what is shown.",
            [*facts, ("Newest record", formats.moment(info.as_of))],
            number("age", formats.age(old), formats.moment(info.as_of)),
            element("p", "since the newest record", class_="change none"),
        ),
        plain_card(
            "Checks",
            "Every table's contract, and the ledger's sum, of all that is published. " + STALE,
            facts,
            number("stale", "Passed" if data.passed else "Failed", formats.number(len(data.stale))),
            element("p", f"{stale} stale", _failed(visit, data), class_="change none"),
        ),
    ]


def freshness(visit: Visit) -> Panel:
    """The panel of how old everything is, of this minute."""
    info, now = visit.info, datetime.now(UTC)
    arrived = arrivals(visit.source.current())
    moments: list[tuple[str, datetime | None]] = [
        ("Newest record received", info.as_of),
        ("Snapshot built", info.built_at),
    ]
    rows: list[tuple[str, str, float | None]] = [
        (what, formats.moment(at), (now - at).total_seconds() if at else None)
        for what, at in moments
    ]
    if arrived:
        rows.append(("Days of arrival", formats.period(arrived), None))
    if info.data_from and info.data_to:
        days = f"{formats.day(info.data_from)} – {formats.day(info.data_to)}"
        rows.append(("Days with plays", days, None))
    rows.append(("Snapshot", str(info.version), None))
    table = Table(
        "Freshness",
        (
            TableColumn("what", "What"),
            TableColumn("value", "Is"),
            TableColumn("age_seconds", "Age", formats.age),
        ),
        tuple(rows),
    )
    newest = formats.age((now - info.as_of).total_seconds()) if info.as_of else formats.UNKNOWN
    return Panel(
        name="fresh",
        heading=table.caption,
        summary=f"The newest record in what is shown was received {newest} ago."
        if info.as_of
        else "No record was received yet.",
        table=table,
        answer=Answer[None](data=None, snapshot=info),
    )


def _failed(visit: Visit, data: Checks) -> list[Node]:
    """How many rows are in no number because code failed, with the way to them."""
    if not data.failed_rows:
        return []
    text = f"code failed at {formats.counted(data.failed_rows, 'row')}"
    return [", ", element("a", text, href=_failed_rows(visit))]


def _failed_rows(visit: Visit) -> str:
    """The address of all rows in quarantine at which code failed, whenever they arrived."""
    every = visit.filters.over("all")
    own = {"reason": PROCESSING_FAILED, "source": None, "table": None, "cursor": None}
    return visit.link(every.with_own(**own))


def checks(visit: Visit, answer: Answer[Checks]) -> Panel:
    """The panel of what was checked, by table; its rows are those at which code failed."""
    data = answer.data
    table = Table.of(
        "Checks",
        (
            TableColumn("table", "Table"),
            TableColumn("parts", "Days or weeks", formats.number),
            TableColumn("rows", "Rows", formats.number),
            TableColumn("stale", "Stale", formats.number),
        ),
        data.tables,
    )
    kept = sum(each.parts for each in data.tables)
    added = (
        "the ledger of all days adds up" if data.ledger_adds_up else "the ledger does not add up"
    )
    text = (
        f"of {formats.number(len(data.stale))} the last good version is shown"
        if data.stale
        else "none is stale"
    )
    failed = (
        f" Code failed at {formats.counted(data.failed_rows, 'row')}: in no number, waiting "
        "in quarantine. After an update, "
        f"netflix-pipeline quarantine replay --reason {PROCESSING_FAILED}"
        if data.failed_rows
        else ""
    )
    return Panel(
        name="checks",
        heading=table.caption,
        summary=f"Every one of {formats.number(kept)} days, weeks and tables keeps its contract, "
        f"{text}; {added}.{failed}",
        table=table,
        answer=answer,
        sentences=[STALE],
        rows=_failed_rows(visit) if failed else None,
        note=_undescribed(data),
    )


def _undescribed(data: Checks) -> str:
    """Who and what is known by its id alone."""
    if not data.undescribed_users and not data.undescribed_titles:
        return "Every user and title that events name is described by a source."
    users = formats.counted(data.undescribed_users, "user")
    titles = formats.counted(data.undescribed_titles, "title")
    return f"Named by events and described by no source: {users} and {titles}. They count."


def stale(answer: Answer[Checks]) -> Panel:
    """The panel of the days of which an older state is shown, and why."""
    table = Table.of(
        "Stale days",
        (
            TableColumn("day", "Day or week", formats.day),
            TableColumn("table", "Table"),
            TableColumn("reason", "Why"),
        ),
        answer.data.stale,
        keys=2,
    )
    return Panel(
        name="stale",
        heading=table.caption,
        summary="Their last good version is shown: netflix-pipeline materialize builds them anew, "
        "and says what is wrong.",
        table=table,
        answer=answer,
        nothing="No day is stale.",
    )


def snapshots(visit: Visit) -> Panel:
    """The panel of the snapshots on disk."""
    answer = visit.source.ask(KeptSnapshotsQuestion())
    table = Table.of(
        "Snapshots",
        (
            TableColumn("version", "Version", str),
            TableColumn("published_at", "Published", formats.moment),
            TableColumn("bytes", "Size", formats.size),
            TableColumn("current", "Shown", lambda value: "yes" if value else "no"),
        ),
        answer.data,
    )
    return Panel(
        name="snapshots",
        heading=table.caption,
        summary="The last ones are kept, so that whoever reads an older one finishes on it.",
        table=table,
        answer=answer,
    )
