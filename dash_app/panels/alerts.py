"""Alerts: what fires now, since when, and when each was last seen to fire."""

from collections.abc import Iterator, Mapping

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.cards import number, plain_card
from dash_app.panels.panel import Panel
from dash_app.table import Row, Table, TableColumn
from netflix_pipeline.monitoring import NOT_WATCHED, AlertReport, ToldAlert, labels_of
from netflix_pipeline.serving import Answer

ABOUT = (
    "An alert fires once what it says has held for a while. Each one's limit and what to do then "
    "are told in docs/alerts.md, under its name."
)
UNWATCHED = "Nobody watches: netflix-pipeline serve does while it serves the API."
STATES = {"firing": "Fires", "pending": "Pending"}


def card(report: AlertReport) -> Html:
    """How many alerts fire."""
    pages = sum(each.severity == "page" for each in report.firing)
    fires = formats.number(len(report.firing)) if report.watched else formats.UNKNOWN
    pending = formats.counted(len(report.pending), "alert")
    said = f"{formats.counted(pages, 'page')}, {pending} pending"
    return plain_card(
        "Alerts",
        ABOUT,
        [("Looked at", formats.moment(report.evaluated_at))] if report.evaluated_at else [],
        number("firing", fires, fires),
        element("p", said if report.watched else UNWATCHED, class_="change none"),
    )


def alerts(visit: Visit) -> Panel:
    """The panel of all alerts, those that fire first."""
    report = visit.alerts() if visit.alerts else NOT_WATCHED
    rows = tuple(_rows(report))
    table = Table(
        "Alerts",
        (
            TableColumn("alert", "Alert"),
            TableColumn("state", "State"),
            TableColumn("severity", "Severity", str.capitalize),
            TableColumn("what", "What"),
            TableColumn("limit", "Limit", _plain),
            TableColumn("since", "Since", formats.moment, none=""),
            TableColumn("last_fired_at", "Last seen to fire", formats.moment, none="Never"),
            TableColumn("untold", "Nobody is told", none=""),
        ),
        rows,
    )
    return Panel(
        name="alerts",
        heading=table.caption,
        summary=_summary(report),
        table=table,
        answer=Answer[None](data=None, snapshot=visit.info),
        facts=[("Looked at", formats.moment(report.evaluated_at))] if report.evaluated_at else (),
        sentences=[ABOUT],
        note=None if report.watched else UNWATCHED,
    )


def _rows(report: AlertReport) -> Iterator[Row]:
    fired = {known.name: known.last_fired_at for known in report.alerts}
    active = [*report.firing, *report.pending]
    for each in active:
        row: Row = (each.name, STATES[each.state], each.severity, _what(each), each.limit)
        untold = _follows(each) or _silenced(report, each.name, each.labels)
        yield (*row, each.since, fired[each.name], untold)
    names = {each.name for each in active}
    state, what = ("Well", "Nothing") if report.watched else (formats.UNKNOWN, None)
    for known in report.alerts:
        if known.name not in names:
            row = (known.name, state, known.severity, what, known.limit, None)
            yield (*row, known.last_fired_at, _silenced(report, known.name))


def _follows(alert: ToldAlert) -> str | None:
    """Which alert it follows from, of which people are told instead."""
    return f"While {alert.inhibited_by} fires" if alert.inhibited_by else None


def _silenced(
    report: AlertReport, alert: str, labels: Mapping[str, str] | None = None
) -> str | None:
    """Until when nobody is told of an alert, or of what has these labels, who said so, and why."""
    found = [
        each
        for each in report.silences
        if each.alert == alert and (labels is None or each.labels.items() <= labels.items())
    ]
    if not found:
        return None
    silence = max(found, key=lambda each: each.until)
    of = f" of {labels_of(silence.labels)}" if silence.labels else ""
    by = f" by {silence.by}" if silence.by else ""
    because = f": {silence.because}" if silence.because else ""
    return f"Until {formats.moment(silence.until)}{of}{by}{because}"


def _what(alert: ToldAlert) -> str:
    said = _plain(alert.summary)
    return f"{said[0].upper()}{said[1:]}"


def _plain(text: str) -> str:
    """Text of an alert without the marks that it has in the runbook."""
    return text.replace("`", "")


def _summary(report: AlertReport) -> str:
    if not report.watched:
        return UNWATCHED
    untold = formats.counted(len(report.silences), "silence")
    quiet = f" {untold}: of these nobody is told." if report.silences else ""
    if not report.firing:
        return f"No alert fires.{quiet}"
    names = ", ".join(dict.fromkeys(each.name for each in report.firing))
    verb = "fires" if len(report.firing) == 1 else "fire"
    return f"{formats.counted(len(report.firing), 'alert')} {verb}: {names}.{quiet}"
