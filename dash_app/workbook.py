"""Panels as an Excel workbook: a sheet for each, and one that says what they are about.

Numbers, days and times are such, so that they can be sorted and added up; a text is a text whatever
it begins with, never a formula and never a link. The heads are those that people read.
"""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dash_app import formats, labels
from dash_app.panels.panel import Panel, told
from dash_app.table import Row, Table, TableColumn
from netflix_pipeline.serving import Page

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ABOUT = "About"
"""The sheet that says what the others are about."""
MOST_ROWS = 1_048_576
"""Rows of a sheet, its head included."""
LONGEST, LONGEST_NAME = 32_767, 31
"""Of a cell's text, and of the name of a sheet; in units of UTF-16."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\s\x00-\x1f]+")
"""What the name of a sheet cannot hold; and blanks, of which one is enough."""
RESERVED = frozenset({ABOUT.casefold(), "history"})
"""Names that no panel's sheet can have: our own, and one that Excel keeps for itself."""

HEAD, DAY, MOMENT = "head", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
PERCENT, WHOLE, DECIMAL = "0.0%", "#,##0", "#,##0.00"
PATTERNS = (DAY, MOMENT, PERCENT, WHOLE, DECIMAL)
"""How Excel shows values."""
SHARES = (formats.percent, formats.whole_percent)
"""How shares are said."""
LOOKED_AT, NARROWEST, WIDEST = 100, 10, 60
"""Rows by which the width of a column is chosen, and its bounds in characters."""

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

Styles = dict[str | None, Format]


def workbook(heading: str, address: str, panels: Sequence[Panel]) -> bytes:
    """The panels, under a heading and the address of their view.

    Of several, the sheet that says what they are about is the first. A table with more rows than a
    sheet, and a text that is longer than a cell, are cut, and that is said there. Rows are written
    to a temporary file one by one: in memory is the compressed file alone.
    """
    content = io.BytesIO()
    names = sheet_names(panel.heading for panel in panels)
    with Workbook(content, {"constant_memory": True, "remove_timezone": True}) as book:
        book.set_properties(
            {
                "title": heading,
                "subject": " · ".join(told(panels[0])),
                # The same numbers are the same file.
                "created": panels[0].answer.snapshot.built_at,
            }
        )
        styles: Styles = {each: book.add_format({"num_format": each}) for each in PATTERNS}
        styles[HEAD] = book.add_format({"bold": True})
        order = [ABOUT, *names] if len(panels) > 1 else [*names, ABOUT]
        sheets = {name: book.add_worksheet(name) for name in order}
        contents = []
        for name, panel in zip(names, panels, strict=True):
            table = panel.table.exported
            cut = _write(sheets[name], table, styles)
            _fit(sheets[name], table)
            sheets[name].freeze_panes(1, 0)
            contents.append(_said(name, panel, cut))
        about, table = sheets[ABOUT], Table(heading, CONTENTS, tuple(contents))
        _write_text(about, 0, 0, heading, styles[HEAD])
        _write_text(about, 1, 0, f"View: {address}")
        _write(about, table, styles, 3)
        _fit(about, table)
        definitions = Table(heading, DEFINITIONS, _definitions(panels))
        _write(about, definitions, styles, 5 + len(contents))
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
    begun = _cut(text.strip(" '"), LONGEST_NAME - len(ending)).strip(" '")
    return (begun or "Sheet") + ending


def _said(name: str, panel: Panel, cut: Sequence[str]) -> Row:
    """What is said of a sheet."""
    answer, info = panel.answer, panel.answer.snapshot
    more = "There are more rows than these." if isinstance(answer, Page) and answer.next else None
    nothing = None if panel.table.rows else panel.nothing
    return (
        name,
        panel.heading,
        answer.period.from_ if answer.period else None,
        answer.period.to if answer.period else None,
        formats.narrowed(answer.filters),
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


def _write(sheet: Worksheet, table: Table, styles: Styles, first: int = 0) -> list[str]:
    """Write a table from that row on, its head first; what had to be cut, in sentences."""
    for place, column in enumerate(table.columns):
        _write_text(sheet, first, place, column.label, styles[HEAD])
    rows = table.rows[: MOST_ROWS - first - 1]
    shortened = 0
    for at, row in enumerate(rows, first + 1):
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            shortened += _write_cell(sheet, at, place, value, styles.get(_pattern(column, value)))
    cut = []
    if len(rows) < len(table.rows):
        several = formats.number(len(table.rows))
        cut.append(f"Cut after {formats.number(len(rows))} of {several} rows: a sheet has no more.")
    if shortened:
        texts = formats.counted(shortened, "text is", "texts are")
        cut.append(f"{texts} longer than a cell, and cut.")
    return cut


def _write_cell(sheet: Worksheet, row: int, place: int, value: Any, style: Format | None) -> bool:
    """Write a value as what it is; whether it had to be cut."""
    if value is None:
        return False
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, style)
    else:
        return _write_text(sheet, row, place, value)
    return False


def _write_text(
    sheet: Worksheet, row: int, place: int, text: str, style: Format | None = None
) -> bool:
    """Write a text as it is, up to what a cell holds; whether it had to be cut."""
    written = _cut(text, LONGEST)
    if written.startswith("<r>") and written.endswith("</r>"):
        # The library takes this for XML of its own, and would write it as such; parts it escapes.
        parts = (written[0], written[1], written[2:])
        sheet.write_rich_string(row, place, *parts, *([style] if style else ()))
    else:
        sheet.write_string(row, place, written, style)
    return len(written) < len(text)


def _pattern(column: TableColumn, value: Any) -> str | None:
    """How Excel shows a value; None: as it likes."""
    if isinstance(value, datetime):
        return MOMENT
    if isinstance(value, date):
        return DAY
    if not isinstance(value, int | float) or isinstance(value, bool) or column.said is str:
        return None
    if column.unit == "share" or column.said in SHARES:
        return PERCENT
    return WHOLE if float(value).is_integer() else DECIMAL


def _fit(sheet: Worksheet, table: Table) -> None:
    """Make columns as wide as their heads and their first values, within bounds."""
    texts = [[column.label for column in table.columns], *map(table.said, table.rows[:LOOKED_AT])]
    for place, cells in enumerate(zip(*texts, strict=True)):
        longest = max(map(len, cells)) + 2
        sheet.set_column(place, place, min(WIDEST, max(NARROWEST, longest)))


def _cut(text: str, longest: int) -> str:
    """The beginning of a text that has so many units of UTF-16, in which Excel counts."""
    if 2 * len(text) <= longest:
        return text
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore")
