"""Shares of a table's rows: those of some of its users, so that a worker holds no more than these.

Which share a user is in has to be the same for every worker, whatever its machine and its version
of Polars, else rows would be lost or counted twice; Polars' own hash is stable within one version
only. So a user is in the share that Apache Iceberg's transform `bucket` has for the id
(https://iceberg.apache.org/spec/#bucket-transform-details): by 32 bits of Murmur3 of its UTF-8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

POSITIVE = 2**31 - 1

ROWS = 500_000
"""Rows that are not cut any further: a worker has room for them, and each shard costs a scan."""


@dataclass(frozen=True)
class Share:
    """One of the parts, counted from 0, into which the users of a table fall."""

    number: int
    of: int

    def holds(self, column: str = "user_id") -> pl.Expr:
        """Whether a row is in it, by a column of text."""
        text = pl.col(column).cast(pl.String)
        murmur = text._mm3_hash()  # noqa: SLF001 - Polars has no other name for it
        return (murmur & POSITIVE) % self.of == self.number


WHOLE = Share(0, 1)
"""All rows."""


@dataclass(frozen=True)
class Sharding:
    """Into how many shards the work on rows is cut: of about `rows` rows each, at most `most`."""

    most: int = 1
    rows: int = ROWS

    def shares(self, rows: int) -> tuple[Share, ...]:
        """The shares of so many rows: each row is in one."""
        count = max(1, min(self.most, -(-rows // self.rows)))
        return tuple(Share(number, count) for number in range(count))


def read_parquet(file: Path, share: Share, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The named columns (all) of a file, of the rows that are in a share."""
    if share == WHOLE:
        names = None if columns is None else list(columns)
        return pl.read_parquet(file, columns=names, hive_partitioning=False, glob=False)
    rows = pl.scan_parquet(file, hive_partitioning=False, glob=False).filter(share.holds())
    return (rows if columns is None else rows.select(columns)).collect(engine="streaming")
