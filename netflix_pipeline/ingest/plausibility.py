"""Whether a mapping reads a file's numbers rightly: by how many of them lie within their bounds.

A number in another unit, or on another scale, lies out of bounds in some rows and is wrong in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.contract import Column
from netflix_pipeline.errors import BadInput

MOST = 0.5
"""The share of a column's values that may lie out of bounds."""

MOST_RATINGS = 0.1
"""The same of ratings: of those on another scale about half lie within ours."""

HINTS = {
    "rating": "their worst and best, such as scale = [1, 10]",
    "progress": 'its unit, such as unit = "percent"',
    "watch_seconds": 'its unit, such as unit = "ms"',
}
"""What a mapping may have to tell of a column."""


@dataclass
class Measured:
    """How many values a column has, how many lie out of bounds, and the line of the first."""

    values: int = 0
    outside: int = 0
    line: int = 0

    def add(self, later: Measured) -> None:
        """Take in what lies behind in the file."""
        self.line = self.line or later.line
        self.values += later.values
        self.outside += later.outside


def measure(table: str, frame: pl.DataFrame) -> dict[str, Measured]:
    """The numbers that have bounds in a frame with the payload of a bronze table, and `line`."""
    shares = {}
    for column in map(_bounded, contract(f"bronze/{table}").columns):
        bounds = [kept for kind, _, kept in column.rules if kind in ("ge", "le")]
        if column.dtype.is_numeric() and column.name in frame.columns and bounds:
            lines = frame.filter(~pl.all_horizontal(bounds))["line"]
            values = frame.height - frame[column.name].null_count()
            shares[column.name] = Measured(values, lines.len(), lines[0] if lines.len() else 0)
    return shares


def _bounded(column: Column) -> Column:
    # What a viewer rates while watching is kept as it came, but a scale it has all the same.
    return contract("bronze/reviews")["rating"] if column.name == "rating" else column


def refuse_misread(path: Path, table: str, measured: dict[str, Measured]) -> None:
    """BadInput where so much lies out of bounds that the mapping must be wrong."""
    for name, seen in measured.items():
        share = MOST_RATINGS if name == "rating" else MOST
        if seen.outside > share * seen.values:
            column = _bounded(contract(f"bronze/{table}")[name])
            bounds = " and ".join(said for kind, said, _ in column.rules if kind in ("ge", "le"))
            raise BadInput(
                f"{path}: {seen.outside:,} of the {seen.values:,} values of {name} are not "
                f"{bounds} (the first in line {seen.line}), so the mapping reads it wrongly "
                "and nothing of the file was stored; tell "
                f"{HINTS.get(name, 'what it is, or leave it out')}"
            )
