"""Views by mail: the form of a new report, and those that the reader keeps."""

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import ALERTS, OVERVIEW, Visit
from netflix_pipeline.state.reports import EVERY, LONGEST_NAME, Report

KEEP, REMOVE, PREVIEW = "/reports/keep", "/reports/remove", "/reports/preview"
HOUR = 7
"""The hour that is offered."""
ABOUT = (
    "A report is a mail with the numbers of a view, and its workbook, each day, or on the first "
    "day of each week or month, from an hour on of the clock of this service. Whoever gets one can "
    "take themselves out by a link in it."
)


def reports(visit: Visit) -> Html:
    """The section of the page."""
    rows = [_row(each) for each in visit.kept_reports]
    can = bool(visit.receivers.domains) or "email" in visit.receivers.names
    return element(
        "section",
        element("header", element("h2", "Views by mail")),
        element("p", ABOUT, class_="note"),
        element("ul", rows, class_="notes") if rows else None,
        _form(visit)
        if can
        else element(
            "p",
            "No mail can be sent: whoever runs this service has configured no mail server.",
            class_="nothing",
        ),
        aria_label="Views by mail",
        id="reports",
        class_="panel alert-form",
    )


def _form(visit: Visit) -> Html:
    view = visit.own("view") or OVERVIEW
    domains = visit.receivers.domains
    return element(
        "form",
        _field("Name of the report", "name", "Report", maxlength=str(LONGEST_NAME)),
        _field("Address of the view", "view", view, maxlength="2000"),
        element(
            "label",
            element("span", "Every"),
            element(
                "select", [element("option", each, value=each) for each in EVERY], name="every"
            ),
        ),
        _field("From hour", "hour", str(HOUR), type="number", min="0", max="23"),
        element(
            "label",
            element("input", type="checkbox", name="email", value="email", checked=not domains),
            element("span", "To the usual addresses"),
            class_="check",
        )
        if "email" in visit.receivers.names
        else None,
        element(
            "label",
            element("span", f"E-mail addresses ({', '.join(domains)})"),
            element("input", type="text", name="addresses", autocomplete="off"),
        )
        if domains
        else None,
        element("input", type="hidden", name="back", value=f"{ALERTS}#reports"),
        element("button", "Mail it", type="submit", class_="button"),
        element("button", "Preview", type="submit", formaction=PREVIEW, formmethod="get"),
        action=KEEP,
        method="post",
        class_="fields",
    )


def _field(label: str, name: str, value: str, **more: str) -> Html:
    box = element("input", name=name, value=value, required=True, **{"type": "text", **more})
    return element("label", element("span", label), box)


def _row(report: Report) -> Html:
    about = element("span", f" the report {report.name}", class_="unseen")
    to = ", ".join(
        each.receiver if "@" in each.receiver else "the usual addresses"
        for each in report.receivers
    )
    sent = max((each.sent_for for each in report.receivers), default=None)
    return element(
        "li",
        element("span", formats.day(sent.date()) if sent else "", class_="on"),
        element("span", f"Each {report.every}", class_="kind-of"),
        element(
            "span",
            element("a", report.name, href=report.address),
            f" from {report.hour}:00, to {to}",
            class_="text",
        ),
        element(
            "form",
            element("input", type="hidden", name="id", value=str(report.id)),
            element("input", type="hidden", name="back", value=f"{ALERTS}#reports"),
            element("button", "Remove", about, type="submit"),
            action=REMOVE,
            method="post",
        ),
    )
