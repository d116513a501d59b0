"""What an adapter is: one foreign format, said declaratively."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, Self

import numpy as np
import polars as pl

from netflix_pipeline.contracts import Contract, contract
from netflix_pipeline.ids import BLANKS
from netflix_pipeline.sources.chunk import Chunk, Lines, Records
from netflix_pipeline.sources.column_mapping import From, as_text, given_by, read_columns
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.missing_values import (
    NAMIBIA,
    plain_id,
    plain_text,
    without_missing,
    writes_na,
)

UNNAMED = re.compile(r"#\d+#*")
"""How a column is called that has no name, such as one behind a comma at a line's end."""

Need = str | tuple[str, ...]
Before = Callable[[pl.DataFrame, str], pl.DataFrame]
Identify = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Adapter:
    """One foreign format: the columns it is known by, and where our columns come from.

    `needs`: the columns by which it is recognised, each a name or the names that one of which must
    be there; further columns and another order never matter. `origins`: where each payload column
    of the bronze `table` comes from. `before`: makes columns out of several of theirs (and of the
    household) first; those are what it `uses`, trimmed as ids are. `titles`: what that frame tells
    of titles, in columns of title_mentions.
    `nothing_else`: a file with further columns is something else. `repeats`: rows that say the same
    are as many events. `instead_of`: the source that tells of the same viewing, so that a household
    has rows of only one of them. `na_is_missing`: whether NA as a country is none; None where all
    of the file decides that, `by row` where each row is read by itself.
    """

    name: str
    table: str
    needs: tuple[Need, ...]
    origins: Mapping[str, From]
    before: Before | None = None
    titles: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    uses: tuple[str, ...] = field(default=())
    nothing_else: bool = False
    repeats: bool = False
    instead_of: str | None = None
    na_is_missing: bool | Literal["by row"] | None = None
    identify: Identify | None = None
    whose: Callable[[str], str] | None = None

    @property
    def contract(self) -> Contract:
        """The contract of the bronze table that it fills."""
        return contract(f"bronze/{self.table}")

    def missing(self, columns: Iterable[str]) -> list[str]:
        """The needed columns that are not among these, alternatives as `a or b`."""
        there = set(columns)
        return [
            " or ".join(names)
            for names in (((need,) if isinstance(need, str) else need) for need in self.needs)
            if there.isdisjoint(names)
        ]

    def knows(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns is one of its format."""
        named = [name for name in columns if UNNAMED.fullmatch(name) is None]
        return not self.missing(columns) and (
            not self.nothing_else or len(named) == len(self.needs)
        )

    def wanted(self, columns: Iterable[str]) -> list[str]:
        """Those of a file's columns that it reads, in the file's order."""
        known = {*self.uses, *(name for origin in self.origins.values() for name in origin.names)}
        return [name for name in columns if name in known]

    def in_order(self, order: Order) -> Self:
        """The same, reading dates in that order of day and month, unless their own is told."""
        ordered = {
            name: replace(origin, order=origin.order or order)
            for name, origin in self.origins.items()
        }
        return replace(self, origins=ordered)

    def countries(self, frame: pl.DataFrame) -> list[str]:
        """The frame's columns that name the country."""
        names = self.origins.get("country", From()).names
        return [name for name in names if frame.schema.get(name) == pl.String]

    def dates(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """The texts of times and days whose form and order are not told, by our column."""
        by_column = {}
        for column in self.contract.payload:
            origin = self.origins.get(column.name, From())
            if isinstance(column.dtype, (pl.Datetime, pl.Date)) and not (
                origin.form or origin.order
            ):
                text = given_by(frame, origin)
                if text is not None and text.dtype in (pl.String, pl.Binary):
                    by_column[column.name] = as_text(text)
        return by_column

    def read(self, records: Records, household: str = "") -> Chunk:
        """The records in the columns of the contract."""
        frame = records.frame
        if self.before is not None:
            made_of = [as_text(frame[name]) for name in self.uses if name in frame.columns]
            frame = frame.with_columns(made_of)
            frame = frame.with_columns(plain_id(pl.col(text.name)) for text in made_of)
            frame = self.before(frame, household)
        no_values = {
            name: np.isin(records.lines, lines) for name, lines in records.no_values.items()
        }
        read = read_columns(frame, self.contract, self.origins, no_values)
        read = without_missing(self.table, read)
        read, undecided = self._without_na(records.frame, read)
        if self.identify is not None:
            read = self.identify(frame, read)
        read = read.with_columns(pl.Series("line", records.lines, dtype=pl.Int64))
        titles = None if self.titles is None else _mentions(self.titles(frame))
        whose = None if self.whose is None else self.whose(household)
        cells = partial(self._cells, frame, records.lines)
        return Chunk(read, records.unparsable, records.raw, titles, undecided, whose, cells)

    def _cells(self, frame: pl.DataFrame, lines: Lines, name: str) -> pl.DataFrame | None:
        """What the source has for a column, as `Chunk.cells`."""
        series = given_by(frame, self.origins.get(name, From()))
        if series is None:
            return None
        text = plain_text(pl.lit(as_text(series)))
        return pl.select(pl.Series("line", lines, pl.Int64), text=text)

    def _without_na(self, frame: pl.DataFrame, read: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
        """The rows without NA as a country where it is none; whether that is not decided yet."""
        countries = self.countries(frame)
        if not countries or self.na_is_missing is False:
            return read, False
        namibia = (read["country"] == NAMIBIA).fill_null(value=False)
        if not namibia.any():  # as in most files: then none of their texts is looked at
            return read, False
        text = (pl.col(name).str.strip_chars(BLANKS).str.to_uppercase() for name in countries)
        na = frame.select(pl.any_horizontal(each == NAMIBIA for each in text)).to_series()
        na = na.fill_null(value=False) & namibia
        if not na.any() or self.na_is_missing is None:
            return read, bool(na.any())
        if self.na_is_missing == "by row":
            na &= writes_na(frame, countries)
        return read.with_columns(country=pl.when(~na).then("country")), False


def _mentions(rows: pl.DataFrame) -> pl.DataFrame:
    """What a source tells of titles, one row a title, in all columns of bronze/title_mentions."""
    columns = [c for c in contract("bronze/title_mentions").payload if c.name != "batch"]
    return (
        rows.filter(pl.col("title_id").is_not_null())
        .unique("title_id", keep="first", maintain_order=True)
        .select(
            pl.col(column.name).cast(column.dtype)
            if column.name in rows.columns
            else pl.lit(None, column.dtype).alias(column.name)
            for column in columns
        )
    )


def each_text(texts: pl.Series, make: Callable[[str], str]) -> pl.Series:
    """Every text, trimmed, by what is made of it, each distinct one once; a blank one is null."""
    distinct = texts.drop_nulls().unique()
    made = [make(name) if (name := text.strip()) else None for text in distinct.to_list()]
    return texts.replace_strict(distinct, made, default=None, return_dtype=pl.String)


def fitting_id(text: str, limit: int = 64) -> str:
    """The text itself as an id where it fits; else its beginning and a digest of the whole."""
    if len(text) <= limit:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: limit - 17]}~{digest}"
