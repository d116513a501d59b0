"""Excel workbooks: what a cell is by its value, and what a sheet can hold.

Numbers, days and times are such, so that they can be sorted and added up; a text is a text whatever
it begins with, never a formula and never a link. Rows are written to a temporary file one by one:
in memory is the compressed file alone.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from netflix_pipeline.errors import BadInput

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
"""Rows of a sheet, its head included."""
LONGEST = 32_767
"""Of a cell's text, in units of UTF-16."""

HEAD, DAY, MOMENT = "head", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
PERCENT, WHOLE, DECIMAL = "0.0%", "#,##0", "#,##0.00"
PATTERNS = (DAY, MOMENT, PERCENT, WHOLE, DECIMAL)
"""How Excel shows values."""
NARROWEST, WIDEST = 10, 60
"""Bounds of the width of a column, in characters."""

Styles = dict[str | None, Format]
Numbers = Callable[[int, float], str | None]
"""How Excel shows a number, by the place of its column; None: as it likes."""


class TooManyRows(BadInput):
    """A table has more rows than a sheet can hold."""

    parameters = ("format",)


class ExcelSheet:
    """A sheet that is written from its first row down."""

    def __init__(self, sheet: Worksheet, styles: Styles) -> None:
        self._sheet = sheet
        self._styles = styles

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Iterable[Any]],
        first: int = 0,
        numbers: Numbers = lambda *_: None,
    ) -> int:
        """Write heads and rows from that row on; how many texts had to be cut.

        Raises TooManyRows.
        """
        for place, label in enumerate(heads):
            self.text(first, place, label, HEAD)
        shortened = 0
        for at, row in enumerate(rows, first + 1):
            if at >= MOST_ROWS:
                raise TooManyRows(
                    f"a sheet of Excel holds {MOST_ROWS - 1:,} rows, and there are more: ask for "
                    "CSV (format=csv), or for less."
                )
            for place, value in enumerate(row):
                shortened += self._cell(at, place, value, numbers)
        return shortened

    def text(self, row: int, place: int, text: str, style: str | None = None) -> bool:
        """Write a text as it is, up to what a cell holds; whether it had to be cut."""
        written, look = cut(text, LONGEST), self._styles.get(style)
        if written.startswith("<r>") and written.endswith("</r>"):
            # The library takes this for XML of its own, and would write that; parts it escapes.
            parts = (written[0], written[1], written[2:])
            self._sheet.write_rich_string(row, place, *parts, *([look] if look else ()))
        else:
            self._sheet.write_string(row, place, written, look)
        return len(written) < len(text)

    def fit(self, texts: Iterable[Sequence[str]]) -> None:
        """Make columns as wide as what stands in these rows, within bounds."""
        for place, cells in enumerate(zip(*texts, strict=True)):
            longest = max(map(len, cells)) + 2
            self._sheet.set_column(place, place, min(WIDEST, max(NARROWEST, longest)))

    def keep_head(self) -> None:
        """Keep the first row in sight."""
        self._sheet.freeze_panes(1, 0)

    def _cell(self, row: int, place: int, value: Any, numbers: Numbers) -> bool:
        """Write a value as what it is; whether it had to be cut."""
        if isinstance(value, bool):
            self._sheet.write_boolean(row, place, value)
        elif isinstance(value, int | float):
            shown = self._styles.get(numbers(place, value))
            self._sheet.write_number(row, place, value, shown)
        elif isinstance(value, date):
            shown = self._styles[MOMENT if isinstance(value, datetime) else DAY]
            self._sheet.write_datetime(row, place, value, shown)
        elif value is not None:
            return self.text(row, place, value)
        return False


@contextmanager
def workbook(
    content: io.BytesIO, sheets: Iterable[str], *, title: str, subject: str, created: datetime
) -> Iterator[dict[str, ExcelSheet]]:
    """Sheets of these names, in order, of the workbook that is written to `content` at the end.

    The same cells, of data that were `created` at the same time, are the same file.
    """
    with Workbook(content, {"constant_memory": True, "remove_timezone": True}) as book:
        book.set_properties({"title": title, "subject": subject, "created": created})
        styles: Styles = {each: book.add_format({"num_format": each}) for each in PATTERNS}
        styles[HEAD] = book.add_format({"bold": True})
        yield {name: ExcelSheet(book.add_worksheet(name), styles) for name in sheets}


def cut(text: str, longest: int) -> str:
    """The beginning of a text that has so many units of UTF-16, in which Excel counts."""
    if 2 * len(text) <= longest:
        return text
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore")
