"""Tables as CSV that a spreadsheet opens and does not execute."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Beginnings by which a spreadsheet takes a text for a formula; the wide ones too."""
JOINED = "; "
"""Between the values of a cell that has several."""


def csv_text(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table in UTF-8 as RFC 4180 has it, the names of the columns first.

    Nothing is an empty cell, whole numbers have no point, times and days are RFC 3339, and a text
    that a spreadsheet would take for a formula has a `'` before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(map(_cell, row))
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a count is one also where it was added up as a float
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = JOINED.join(map(_cell, value))
    assert isinstance(value, str), f"a cell cannot hold {value!r}: rows of tables are flat"
    return f"'{value}" if value.startswith(FORMULA) else value
