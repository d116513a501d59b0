"""Answers as tables: CSV that a spreadsheet opens and does not execute."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel

from netflix_pipeline.serving import Answer

CSV = "text/csv"
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Beginnings by which a spreadsheet takes a text for a formula; the wide ones too."""
JOINED = "; "
"""Between the values of a cell that has several."""

T = TypeVar("T")


@dataclass(frozen=True)
class Table(Generic[T]):
    """How the data of an answer become rows: their type, whose fields are the columns, and they.

    Rows are flat; a field may be a list of plain values.
    """

    row: type[BaseModel]
    rows: Callable[[T], Iterable[BaseModel]]

    def csv(self, data: T) -> bytes:
        """The table in UTF-8 as RFC 4180 has it, the names of the columns first."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(
            field.serialization_alias or name for name, field in self.row.model_fields.items()
        )
        for row in self.rows(data):
            told = row.model_dump(mode="json", by_alias=True)
            writer.writerow(map(_cell, told.values()))
        return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        value = JOINED.join(map(_cell, value))
    assert isinstance(value, str), f"a cell cannot hold {value!r}: rows of tables are flat"
    return f"'{value}" if value.startswith(FORMULA) else value


def _format(
    format: Annotated[  # noqa: A002 - the name of the parameter
        Literal["json", "csv"] | None,
        Query(description="which format is answered; without it, `Accept` tells"),
    ] = None,
) -> None:
    """`answer` reads it; here it is described and checked."""


FORMATS = Depends(_format)
"""The dependency of every resource that answers a table."""

NO_FILTERS = ("format", "from", "to", "limit", "cursor")
UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")


def table_headers(path: str, query: Iterable[tuple[str, str]], told: Answer[Any]) -> dict[str, str]:
    """What a CSV's frame would say, as headers: a file name, snapshot, as-of, period, filters."""
    period = told.period and f"{told.period.from_}_{told.period.to}"
    parts = (path.strip("/"), period, f"snapshot-{told.snapshot.version}")
    name = "_".join(UNUSUAL.sub("-", part)[:100] for part in parts if part)
    filters = urlencode([one for one in query if one[0] not in NO_FILTERS])
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Snapshot-Version": str(told.snapshot.version),
    }
    if told.snapshot.as_of:
        headers["Data-As-Of"] = told.snapshot.as_of.isoformat().replace("+00:00", "Z")
    if told.period:
        headers["Data-Period"] = f"{told.period.from_}/{told.period.to}"
    if filters:
        headers["Data-Filters"] = filters
    return headers
