"""How the lake's tables lie in a snapshot.

A table partitioned by day lies coded in `coded.<name>`: users, titles and dimensions are integers,
whose names are in `codes.<column>(code, name)`. The view `<name>` gives the names back. Every
other table lies under its own name as it is. `event_date`, `week` and `origin_date` name the
partition. Of tables by origin the newest are in it (`NEWEST`).
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import polars as pl
from polars.datatypes import DataTypeClass

from netflix_pipeline.contracts import Column, Contract, contract, served
from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.contracts.measures import OF_PLAYS as MEASURES
from netflix_pipeline.lake import Partition

REVISION = 1
"""Raised when the layout below changes: the next publish builds the snapshot anew."""

CODED = {
    "user_id": "INTEGER",
    "title_id": "INTEGER",
    **dict.fromkeys(OF_PLAYS, "USMALLINT"),
    "quality": "UTINYINT",
    "time_precision": "UTINYINT",
}
"""The columns that are stored as codes, and the type of their codes."""

LEFT_OUT = {
    "silver/plays": {"play_id", "playback_id", "progress", "running"},
    "silver/quarantine": {"quarantine_id"},
    "silver/searches": {"search_id"},
    "silver/recommendations": {"recommendation_id"},
}
"""What answers do not need: what a person did is found by its day, user and time, a quarantined row
is named by its batch and line."""

LONGEST_RAW = 1_000
CUT = {("silver/quarantine", "raw"): LONGEST_RAW, ("silver/searches", "query"): LONGEST_RAW}
"""The texts that are kept to so many characters: a row may be megabytes, the lake has it whole."""

DERIVED = {
    "gold/user_daily": "SELECT event_date, {columns}, {measures} FROM coded.plays GROUP BY ALL"
}
"""What plays tell as quickly as a table of its own would: a view of them."""

SORTED = {"silver/plays": ("user_id", "started_at")}
"""How a month of a table is sorted: one user's plays then lie together."""

KEYS = {"day": "event_date", "week": "week", "origin": "origin_date"}
"""The column that names a row's partition."""

NEWEST = 35
"""The origins of a table that a snapshot has: the four weeks that one looks ahead, and a week. The
lake has all."""

LATEST = ("gold/similar_titles", "gold/popular_titles")
"""The long tables of which it has the newest origin alone: nobody asks what they said before."""

SQL_TYPES: dict[DataTypeClass, str] = {
    pl.String: "VARCHAR",
    pl.Float64: "DOUBLE",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
    pl.Enum: "VARCHAR",
}


@dataclass(frozen=True)
class SnapshotTable:
    """One table of the lake as it lies in a snapshot."""

    contract: Contract

    @property
    def name(self) -> str:
        """The name under which people read it."""
        return self.contract.name

    @property
    def table(self) -> str:
        """The name in the lake."""
        return self.contract.table

    @property
    def key(self) -> str | None:
        """The column that names the partition; None when the table is stored whole."""
        return KEYS.get(self.contract.partition)

    @property
    def is_coded(self) -> bool:
        """Whether it is stored in codes."""
        return self.contract.partition == "day"

    @property
    def location(self) -> str:
        """Where its rows lie."""
        return f"coded.{self.name}" if self.is_coded else self.name

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The contract's columns that are kept."""
        left_out = LEFT_OUT.get(self.table, set())
        return tuple(column for column in self.contract.columns if column.name not in left_out)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The names of its columns that are stored as codes."""
        return tuple(c.name for c in self.columns if self.is_coded and c.name in CODED)

    @property
    def is_derived(self) -> bool:
        """Whether it is a view of other rows, and has none of its own."""
        return self.table in DERIVED

    def definition(self) -> str:
        """The statement that creates the table."""
        if self.is_derived:
            measures = ", ".join(f"{measure.summed_sql} AS {measure.name}" for measure in MEASURES)
            rows = DERIVED[self.table].format(columns=", ".join(self.codes), measures=measures)
            return f"CREATE OR REPLACE VIEW {self.location} AS {rows}"
        lines = [f"{self.key} DATE NOT NULL"] if self.key else []
        for column in self.columns:
            kind = CODED[column.name] if column.name in self.codes else sql_type(column.dtype)
            lines.append(f'"{column.name}" {kind}{"" if column.nullable else " NOT NULL"}')
        return f"CREATE OR REPLACE TABLE {self.location} ({', '.join(lines)})"

    def selection(self) -> str:
        """The select list that turns Parquet rows `f` into stored rows, and its joins."""
        chosen = [f"f.{self.key}"] if self.key else []
        for column in self.columns:
            if column.name in self.codes:
                chosen.append(f"{column.name}_codes.code")
            elif isinstance(column.dtype, pl.Datetime):
                # Through whole microseconds: a cast would ask the time zone library a row.
                chosen.append(f'make_timestamp(epoch_us(f."{column.name}"))')
            elif longest := CUT.get((self.table, column.name)):
                chosen.append(f'left(f."{column.name}", {longest})')
            else:
                chosen.append(f'f."{column.name}"')
        return f"SELECT {', '.join(chosen)} FROM {{rows}} AS f {self.joins('f', 'name')}"

    def joins(self, rows: str, by: str) -> str:
        """Joins of the codes of every coded column of `rows`, by `name` or `code`."""
        return " ".join(
            f'LEFT JOIN codes.{name} AS {name}_codes ON {name}_codes.{by} = {rows}."{name}"'
            for name in self.codes
        )

    def view(self) -> str | None:
        """The statement that creates the view with the names; None where none is needed."""
        if not self.is_coded:
            return None
        chosen = ["event_date"] + [
            f'{c.name}_codes.name AS "{c.name}"' if c.name in self.codes else f'c."{c.name}"'
            for c in self.columns
        ]
        return (
            f"CREATE OR REPLACE VIEW {self.name} AS "
            f"SELECT {', '.join(chosen)} FROM {self.location} AS c {self.joins('c', 'code')}"
        )


def newest(table: str, partitions: Sequence[Partition]) -> Sequence[Partition]:
    """Those of a table's partitions, in order, that a snapshot has: of many origins the newest."""
    if contract(table).partition != "origin":
        return partitions
    return partitions[-1:] if table in LATEST else partitions[-NEWEST:]


def sql_type(dtype: pl.DataType | DataTypeClass) -> str:
    """DuckDB's type for a contract's."""
    if isinstance(dtype, pl.List):
        return f"{sql_type(dtype.inner)}[]"
    return SQL_TYPES[dtype.base_type()]


@cache
def stored_tables() -> tuple[SnapshotTable, ...]:
    """Every table that a snapshot holds."""
    return tuple(map(SnapshotTable, map(contract, served())))


@cache
def layout_version() -> str:
    """A digest of all tables' definitions: it changes when a snapshot must be built anew."""
    parts = [str(REVISION), repr(CODED), repr(CUT)]
    for stored in stored_tables():
        parts += [stored.definition(), stored.view() or "", repr(stored.contract.schema)]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
