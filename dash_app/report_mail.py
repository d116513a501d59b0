"""A view of the dashboard as a mail: its charts, its numbers, its tables, the way to it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qsl, urlsplit

from dash_app.access import LEAVE
from dash_app.exports import csv_file
from dash_app.markup import Html, element
from dash_app.panels.panel import Panel, file_name, told
from dash_app.report_pictures import png
from dash_app.site import Site
from dash_app.table import Table
from dash_app.workbook import workbook
from netflix_pipeline.addresses import query_string
from netflix_pipeline.excel import MEDIA_TYPE
from netflix_pipeline.pictures import WIDTH

ROWS = 20
"""Rows of a table that stand in the mail; what is attached has all."""
LARGEST = 10 * 2**20
"""Bytes of the files that are attached: what is more is left to the view."""
CSV = "text/csv"
FONT = "font:14px sans-serif"
CELL = f"padding:2px 8px;{FONT};border-bottom:1px solid #d5d9e0"


@dataclass(frozen=True)
class ReportMail:
    """What of a view stands in a mail to anybody.

    `pictures` by the names of their panels; `tables` are their CSV files, by name.
    """

    subject: str
    content: Html
    text: str
    book: bytes
    tables: Mapping[str, bytes]
    pictures: Mapping[str, bytes]

    @property
    def page(self) -> Html:
        """Its content as a browser shows it, to which nothing is attached."""
        page = self.content
        for name, picture in self.pictures.items():
            whole = f"data:image/png;base64,{b64encode(picture).decode()}"
            page = Html(page.replace(f'"{_attached(name)}"', f'"{whole}"'))
        return page

    def to(self, unsubscribe: str) -> EmailMessage:
        """The mail to somebody, who can take themselves out by that address: RFC 8058."""
        mail = EmailMessage()
        mail["Subject"] = " ".join(self.subject.split())  # a header is one line
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(f"{self.text}\n\nNo more of this: {unsubscribe}\n")
        leave = element("p", element("a", "Send me no more of this", href=unsubscribe))
        body = element("body", self.content, leave, style="font:15px sans-serif")
        mail.add_alternative(element("html", body, lang="en"), subtype="html")
        html = mail.get_body(("html",))
        assert isinstance(html, EmailMessage)
        for name, picture in self.pictures.items():
            html.add_related(picture, "image", "png", cid=f"<{name}@report>")
        left = LARGEST
        for name, content in (("report.xlsx", self.book), *self.tables.items()):
            if len(content) <= left:
                left -= len(content)
                kind, _, subtype = (MEDIA_TYPE if content is self.book else CSV).partition("/")
                mail.add_attachment(content, kind, subtype, filename=name)
        return mail


def unsubscribe_at(dashboard: str, token: str) -> str:
    """The address at which a receiver takes themselves out."""
    return dashboard + LEAVE + query_string([("token", token)])


def report_mail(site: Site, name: str, address: str, dashboard: str) -> ReportMail:
    """A view as a mail. Raises NotFound, Transient, DamagedFile, BadInput."""
    parts = urlsplit(address)
    heading, panels = site.whole(parts.path, parts.query)
    fixed = dashboard + _with_days(address, panels)
    with site.called():
        book = workbook(heading, fixed, panels)
        about = " · ".join(told(panels[0]))
        lines = [f"{panel.heading}: {panel.summary or panel.nothing}" for panel in panels]
        tables = {
            f"{file_name(panel)}.csv": csv_file(panel) for panel in panels if panel.table.rows
        }
        pictures = {
            panel.name: png(panel.figure) for panel in panels if panel.figure and panel.table.rows
        }
        sections = [
            element(
                "section",
                element("h2", panel.heading, style="font:bold 16px sans-serif"),
                element("p", panel.summary or panel.nothing),
                element("img", src=_attached(panel.name), width=WIDTH, alt=panel.summary)
                if panel.name in pictures
                else None,
                _table(panel.table) if panel.table.rows else None,
            )
            for panel in panels
        ]
        content = element(
            "main",
            element("h1", f"{name}: {heading}", style="font:bold 20px sans-serif"),
            element("p", about),
            sections,
            element("p", element("a", "The view of these days", href=fixed)),
        )
    text = "\n".join([f"{name}: {heading}", about, "", *lines, "", f"The view: {fixed}"])
    return ReportMail(f"{name}: {about}", content, text, book, tables, pictures)


def _with_days(address: str, panels: list[Panel]) -> str:
    """The address of the view of the same days, whatever comes after them."""
    period = next((panel.answer.period for panel in panels if panel.answer.period), None)
    parts = urlsplit(address)
    query = parse_qsl(parts.query)
    if period is None or any(name == "from" for name, _ in query):
        return address
    days = [("from", str(period.from_)), ("to", str(period.to))]
    return parts.path + query_string([*days, *(one for one in query if one[0] != "period")])


def _attached(name: str) -> str:
    """The address of the picture of a panel that comes with the mail: RFC 2392."""
    return f"cid:{name}@report"


def _table(table: Table) -> Html:
    heads = [
        element("th", column.label, style=f"{CELL};text-align:left")
        for column in table.columns
        if not column.in_files
    ]
    shown = [at for at, column in enumerate(table.columns) if not column.in_files]
    rows = [
        element("tr", [element("td", said[at], style=CELL) for at in shown])
        for said in table.texts[:ROWS]
    ]
    more = len(table.rows) - ROWS
    note = element("p", f"{more:,} more rows are in what is attached.") if more > 0 else None
    whole = element("table", element("tr", heads), rows, style="border-collapse:collapse")
    return element("div", whole, note)
