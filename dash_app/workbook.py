"""Panels as an Excel workbook: a sheet for each, and one that says what they are about.

The heads are those that people read.
"""

import io
import re
from collections.abc import Iterable, Sequence

from dash_app import formats, labels
from dash_app.panels.panel import Panel, told
from dash_app.table import Row, Table, TableColumn
from netflix_pipeline import excel
from netflix_pipeline.excel import DECIMAL, HEAD, PERCENT, WHOLE, ExcelSheet
from netflix_pipeline.serving import Page
from netflix_pipeline.time_zones import UTC

ABOUT = "About"
"""The sheet that says what the others are about."""
LONGEST_NAME = 31
"""Of the name of a sheet, in units of UTF-16."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\s\x00-\x1f]+")
"""What the name of a sheet cannot hold; and blanks, of which one is enough."""
RESERVED = frozenset({ABOUT.casefold(), "history"})
"""Names that no panel's sheet can have: our own, and one that Excel keeps for itself."""

SHARES = (formats.percent, formats.whole_percent)
"""How shares are said."""
LOOKED_AT = 100
"""Rows by which the width of a column is chosen."""

CONTENTS = (
    TableColumn("sheet", "Sheet"),
    TableColumn("shows", "Shows"),
    TableColumn("from", "From"),
    TableColumn("to", "To"),
    TableColumn("filters", "Filters"),
    TableColumn("as_of", "As of (UTC)"),
    TableColumn("snapshot", "Snapshot"),
    TableColumn("rows", "Rows", formats.number),
    TableColumn("summary", "In words"),
    TableColumn("notes", "To know"),
)
"""What is said of each sheet."""
DEFINITIONS = (TableColumn("number", "Number"), TableColumn("meaning", "Meaning"))


def workbook(heading: str, address: str, panels: Sequence[Panel]) -> bytes:
    """The panels, under a heading and the address of their view.

    Of several, the sheet that says what they are about is the first. A table with more rows than a
    sheet, and a text that is longer than a cell, are cut, and that is said there.
    """
    content = io.BytesIO()
    names = sheet_names(panel.heading for panel in panels)
    order = [ABOUT, *names] if len(panels) > 1 else [*names, ABOUT]
    with excel.workbook(
        content,
        order,
        title=heading,
        subject=" · ".join(told(panels[0])),
        created=panels[0].answer.snapshot.built_at,
    ) as sheets:
        contents = []
        for name, panel in zip(names, panels, strict=True):
            table = panel.table.exported
            cut = _write(sheets[name], table)
            sheets[name].keep_head()
            contents.append(_said(name, panel, cut))
        about, table = sheets[ABOUT], Table(heading, CONTENTS, tuple(contents))
        about.text(0, 0, heading, HEAD)
        about.text(1, 0, f"View: {address}")
        _write(about, table, 3)
        definitions = Table(heading, DEFINITIONS, _definitions(panels))
        about.table(_heads(definitions), definitions.rows, 5 + len(contents))
    return content.getvalue()


def sheet_names(headings: Iterable[str]) -> list[str]:
    """Names of sheets after those headings, as Excel takes them: each another one, and short."""
    names: list[str] = []
    taken = set(RESERVED)
    for heading in headings:
        text = FORBIDDEN.sub(" ", heading)
        name, number = _name(text), 1
        while name.casefold() in taken:
            number += 1
            name = _name(text, f" ({number})")
        taken.add(name.casefold())
        names.append(name)
    return names


def _name(text: str, ending: str = "") -> str:
    """A name that begins like the text; Excel takes no apostrophe at either end."""
    begun = excel.cut(text.strip(" '"), LONGEST_NAME - len(ending)).strip(" '")
    return (begun or "Sheet") + ending


def _said(name: str, panel: Panel, cut: Sequence[str]) -> Row:
    """What is said of a sheet."""
    answer, info = panel.answer, panel.answer.snapshot
    more = "There are more rows than these." if isinstance(answer, Page) and answer.next else None
    nothing = None if panel.table.rows else panel.nothing
    zone = f"days of {answer.zone}" if answer.zone != UTC else ""
    return (
        name,
        panel.heading,
        answer.period.from_ if answer.period else None,
        answer.period.to if answer.period else None,
        ", ".join(filter(None, (formats.narrowed(answer.filters), zone))),
        info.as_of,
        info.version or None,
        len(panel.table.rows),
        panel.summary,
        " ".join(filter(None, (nothing, *cut, more, panel.note))),
    )


def _definitions(panels: Sequence[Panel]) -> tuple[Row, ...]:
    """What the numbers of the panels mean, each once."""
    metrics = map(
        labels.metric, dict.fromkeys(each for one in panels for each in one.answer.metrics)
    )
    sentences = dict.fromkeys(each for panel in panels for each in panel.sentences)
    return (
        *((metric.label, metric.sentence) for metric in metrics),
        *(tuple(each.split(": ", 1)) if ": " in each else ("", each) for each in sentences),
    )


def _write(sheet: ExcelSheet, table: Table, first: int = 0) -> list[str]:
    """Write a table from that row on, its head first; what had to be cut, in sentences."""
    rows = table.rows[: excel.MOST_ROWS - first - 1]

    def numbers(place: int, value: float) -> str | None:
        return _pattern(table.columns[place], value)

    shortened = sheet.table(_heads(table), rows, first, numbers)
    sheet.fit([_heads(table), *map(table.said, table.rows[:LOOKED_AT])])
    cut = []
    if len(rows) < len(table.rows):
        several = formats.number(len(table.rows))
        cut.append(f"Cut after {formats.number(len(rows))} of {several} rows: a sheet has no more.")
    if shortened:
        texts = formats.counted(shortened, "text is", "texts are")
        cut.append(f"{texts} longer than a cell, and cut.")
    return cut


def _heads(table: Table) -> list[str]:
    return [column.label for column in table.columns]


def _pattern(column: TableColumn, value: float) -> str | None:
    """How Excel shows a number of a column; None: as it likes."""
    if column.said is str:
        return None
    if column.unit == "share" or column.said in SHARES:
        return PERCENT
    return WHOLE if float(value).is_integer() else DECIMAL
