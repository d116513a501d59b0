"""A table of the API as an Excel workbook: its rows, and a sheet that says what they are about."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

from netflix_pipeline import excel
from netflix_pipeline.serving import Answer, spelled
from netflix_pipeline.serving.question import RowTable

ROWS, ABOUT = "Rows", "About"
"""The names of its sheets."""
LOOKED_AT = 100
"""Rows by which the width of a column is chosen."""


def workbook(
    address: str, following: str | None, table: RowTable[Any], answer: Answer[Any]
) -> bytes:
    """The rows of an answer under the names that JSON has, and what its frame says of them.

    `address` is its own, `following` that of the next page. Raises TooManyRows.
    """
    content, info = io.BytesIO(), answer.snapshot
    subject = f"snapshot {info.version}"
    with excel.workbook(
        content, (ROWS, ABOUT), title=address, subject=subject, created=info.built_at
    ) as sheets:
        shortened = sheets[ROWS].table(table.heads, table.cells(answer.data))
        looked_at = islice(table.cells(answer.data), LOOKED_AT)
        sheets[ROWS].fit([table.heads, *([_said(one) for one in row] for row in looked_at)])
        sheets[ROWS].keep_head()
        told: list[tuple[str, Any]] = [("address", address), *_frame(answer)]
        if following:
            told.append(("next", following))
        if shortened:
            told.append(("cut", f"texts of more than {excel.LONGEST:,} signs: {shortened}"))
        columns = zip(table.heads, table.meanings, strict=True)
        sheets[ABOUT].table(("About", ""), told)
        sheets[ABOUT].table(("Column", "Meaning"), columns, len(told) + 2)
        sheets[ABOUT].fit([[name, _said(value)] for name, value in told])
    return content.getvalue()


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _frame(answer: Answer[Any]) -> Iterator[tuple[str, Any]]:
    """What an answer says of its rows, under the names that JSON has."""
    info = answer.snapshot
    if answer.period:
        yield "from", answer.period.from_
        yield "to", answer.period.to
    yield from spelled(answer.filters)
    yield "tz", answer.zone
    if answer.metrics:
        yield "metrics", ", ".join(answer.metrics)
    for warning in answer.warnings:
        yield "warning", warning
    if answer.provisional_from:
        yield "provisional_from", answer.provisional_from
    yield "snapshot", info.version
    if info.as_of:
        yield "as_of", info.as_of
