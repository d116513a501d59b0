"""Whether a mapping reads a file's columns as they are meant.

A number in another unit, or on another scale, lies out of bounds in some rows and is wrong in all:
so it is counted how many lie within their bounds, and a file with too few of them is refused. Where
nothing of a column can be taken, its rows go to quarantine, and it is told which column it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import Column, contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.validation_rules import keeps, key
from netflix_pipeline.sources import Chunk, SourceFile

MOST = 0.5
"""The share of a column's values that may lie out of bounds."""

MOST_RATINGS = 0.1
"""The same of ratings: of those on another scale about half lie within ours."""

HINTS = {
    "rating": "their worst and best, such as scale = [1, 10]",
    "progress": 'its unit, such as unit = "percent"',
    "watch_seconds": 'its unit, such as unit = "ms"',
}
"""What a mapping may have to tell of a column of which much lies out of bounds."""

READ_BY = {
    "event_time": 'its format, such as format = "%d.%m.%Y %H:%M" or "unix_ms"',
    "progress": 'how it is written, such as unit = "percent" or decimal = ","',
    "watch_seconds": 'how it is written, such as unit = "clock" or decimal = ","',
    "rating": 'how it is written, such as decimal = ","',
    "action": 'our words for theirs, such as words = { PLAY = "started" }',
    "clicked": 'our words for theirs, such as words = { X = "true" }',
}
"""The same of one of which nothing can be taken."""

MUCH = 0.5
"""The share of refused rows from which on it is looked whether a column is the reason."""

LONGEST = 60
"""Characters of a cell that are told."""


@dataclass
class Measured:
    """What the rows of a file have in a column.

    How many `values` it has, how many lie `outside` of its bounds, and the `line` of the first.
    Whether any value is `taken`; while none is, in how many `cells` of the file something stands,
    and the `first` of them: its line and text.
    """

    rows: int = 0
    values: int = 0
    outside: int = 0
    line: int = 0
    taken: bool = False
    cells: int = 0
    first: tuple[int, str] | None = None

    def add(self, later: Measured) -> None:
        """Take in what lies behind in the file."""
        self.rows += later.rows
        self.values += later.values
        self.outside += later.outside
        self.line = self.line or later.line
        self.taken = self.taken or later.taken
        self.cells += later.cells
        self.first = self.first or later.first


def measure(table: str, chunk: Chunk, received_at: datetime | pl.Expr) -> dict[str, Measured]:
    """What a chunk has in the columns that have bounds, or cost the row."""
    frame = chunk.frame
    measured = {}
    for column in contract(f"bronze/{table}").payload:
        bounds = [kept for kind, _, kept in _bounded(column).rules if kind in ("ge", "le")]
        seen = Measured(frame.height)
        if column.dtype.is_numeric() and bounds:
            lines = frame.filter(~pl.all_horizontal(bounds))["line"]
            seen.values = frame.height - frame[column.name].null_count()
            seen.outside, seen.line = lines.len(), lines[0] if lines.len() else 0
        if _costs_rows(column):
            seen.taken = bool(frame.select(keeps(column, received_at).any()).item())
            cells = None if seen.taken or chunk.cells is None else chunk.cells(column.name)
            if cells is not None:
                cells = cells.join(frame.select("line"), on="line", maintain_order="left")
                cells = cells.filter(pl.col("text").is_not_null())
                seen.cells = cells.height
                seen.first = cells.row(0) if cells.height else None
        measured[column.name] = seen
    return measured


def _costs_rows(column: Column) -> bool:
    return column.decides or not column.nullable


def _bounded(column: Column) -> Column:
    # What a viewer rates while watching is kept as it came, but a scale it has all the same.
    return contract("bronze/reviews")["rating"] if column.name == "rating" else column


def refuse_misread(path: Path, table: str, measured: Mapping[str, Measured]) -> None:
    """BadInput where so much lies out of bounds that the mapping must be wrong."""
    for name, seen in measured.items():
        share = MOST_RATINGS if name == "rating" else MOST
        if seen.outside > share * seen.values:
            column = _bounded(contract(f"bronze/{table}")[name])
            bounds = " and ".join(said for kind, said, _ in column.rules if kind in ("ge", "le"))
            raise BadInput(
                f"{path}: {seen.outside:,} of the {seen.values:,} values of {name} are not "
                f"{bounds} (the first in line {seen.line}), so the mapping reads it wrongly; tell "
                f"{HINTS.get(name, 'what it is, or leave it out')}"
            )


def not_taken(source: SourceFile, measured: Mapping[str, Measured], rows: int) -> Iterator[str]:
    """What is to be told of the columns of which nothing can be taken in any of so many rows.

    A mapped one that is nothing but empty is told where each row needs it. One row alone may just
    be wrong, where no mapping is.
    """
    columns = contract(f"bronze/{source.table}")
    derived = key(source.table) if "event_time" in columns.names else None
    for name, seen in measured.items():
        column = columns[name]
        if not _costs_rows(column) or seen.taken or seen.rows < rows or not seen.rows:
            continue
        if source.mapping is None and seen.cells < 2:
            continue
        theirs = " and ".join(map(repr, source.theirs(name)))
        where = f"their column {theirs}" if theirs else "what they have"
        if seen.first is not None:
            line, text = seen.first
            text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
            hint = READ_BY.get(name, "another column")
            yield (
                f"{source.path}: nothing in {where} can be taken as {name}, {column.doc}; the "
                f"first of {seen.cells:,}, in line {line}, is {text!r}. Their rows go to "
                f"quarantine. "
                f"{_what_to_do(source, f'tell {hint}')}"
            )
        elif source.mapping is not None and not column.nullable and name != derived:
            yield (
                f"{source.path}: {where} is empty in each of {seen.rows:,} rows, and all need "
                f"{name}, {column.doc}: they go to quarantine. "
                f"{_what_to_do(source, 'name the column that tells it')}"
            )


def _what_to_do(source: SourceFile, told: str) -> str:
    replay = f"netflix-pipeline quarantine replay --source {source.source} --mapping FILE"
    if source.mapping is not None:
        return f"In the mapping {told}, then: {replay}"
    return f"Write the file anew and ingest it again; or {told} in a mapping, then: {replay}"
