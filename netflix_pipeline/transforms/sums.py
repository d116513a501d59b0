"""Sums over groups of rows, which those of parts of the rows add up to exactly.

A part holds whole numbers only: counts, and amounts as `exact_total` has them. So it makes no
difference into how many parts rows are cut, as long as all rows of a user are in one: people who
are counted once in their part are counted once in all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import rounded
from netflix_pipeline.transforms.several_days import conformed, telling_days


@dataclass(frozen=True)
class Sums:
    """A gold table whose rows are sums over groups of another table's rows.

    `of` gives the sums of rows by the table's key; it takes the rows and the whole tables that the
    table is made from besides. `finish` adds what follows from the sums of all rows; it takes the
    sums and the same whole tables. Of the columns named in `largest` the largest counts.
    """

    table: str
    of: Callable[..., pl.DataFrame]
    finish: Callable[..., pl.DataFrame] | None = None
    largest: tuple[str, ...] = ()

    def __call__(self, rows: pl.DataFrame, *whole: pl.DataFrame) -> pl.DataFrame:
        """The table's rows, of all rows that they are made from."""
        return self.added([self.of(rows, *whole)], *whole)

    def added(self, parts: Sequence[pl.DataFrame], *whole: pl.DataFrame) -> pl.DataFrame:
        """The table's rows, of what `of` gave for each part."""
        sums = parts[0] if len(parts) == 1 else self._together(parts)
        amounts = [name for name, dtype in sums.schema.items() if dtype == pl.Int128]
        sums = sums.with_columns(rounded(pl.col(name)) for name in amounts)
        return conformed(self.table, self.finish(sums, *whole) if self.finish else sums)

    def _together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        key = (*telling_days(parts[0]), *contract(self.table).key)
        summed = [name for name in parts[0].columns if name not in (*key, *self.largest)]
        return (
            pl.concat(parts)
            .group_by(key)
            .agg(pl.col(summed).sum(), *(pl.col(name).max() for name in self.largest))
        )
