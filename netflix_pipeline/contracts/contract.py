"""What a contract is: the columns of one table, said once.

From one `Contract` come the Pandera model that gates publishing, the reasons for which a row is
rejected, the empty frame of a day without rows, the columns shown in the Dagster UI and the docs.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

if TYPE_CHECKING:
    import pandera.polars as pa

Stage = Literal["bronze", "silver", "gold"]
Partition = Literal["day", "week", "whole", "origin"]

UTC_MICROSECONDS = pl.Datetime("us", "UTC")

VIOLATIONS = pl.Schema(
    {"column": pl.String(), "check": pl.String(), "failures": pl.Int64(), "example": pl.String()}
)
"""What breaks a contract, counted by column and rule."""


class Rule(NamedTuple):
    """What the values of a column keep: of which kind, in words, and true for rows that keep it."""

    kind: Literal["null", "finite", "ge", "le", "lengths", "pattern"]
    said: str
    kept: pl.Expr


@dataclass(frozen=True)
class Column:
    """One column: its type, its bounds and what it means to people.

    `unit` is empty for text and flags. `ge`/`le` are inclusive bounds of a number, `lengths` the
    inclusive bounds of a text's length in characters, `pattern` a regular expression that the
    whole text matches. What cannot be understood in a nullable column is left out, but for one that
    `decides`: there it costs the row. A bronze column that came `later` than rows that are stored
    is null in them, and tells no events apart: a file that is ingested again is known.
    """

    name: str
    dtype: pl.DataType
    doc: str
    unit: str = ""
    nullable: bool = False
    ge: float | None = None
    le: float | None = None
    lengths: tuple[int, int] | None = None
    pattern: str | None = None
    decides: bool = False
    later: bool = False

    @property
    def rules(self) -> Iterator[Rule]:
        """What its values keep; null is told by the first of them only."""
        value = pl.col(self.name)
        if not self.nullable:
            yield Rule("null", "not null", value.is_not_null())
        if self.dtype == pl.Float64:
            yield self._rule("finite", "a number", value.is_finite())
        if self.ge is not None:
            yield self._rule("ge", f"≥ {self.ge:g}", value >= self.ge)
        if self.le is not None:
            yield self._rule("le", f"≤ {self.le:g}", value <= self.le)
        if self.lengths is not None:
            said = "{} to {} characters".format(*self.lengths)
            yield self._rule("lengths", said, value.str.len_chars().is_between(*self.lengths))
        if self.pattern is not None:
            matches = value.str.contains(f"^(?:{self.pattern})$")
            yield self._rule("pattern", f"matches {self.pattern}", matches)

    @staticmethod
    def _rule(kind: Any, said: str, kept: pl.Expr) -> Rule:
        return Rule(kind, said, kept.fill_null(value=True))


@dataclass(frozen=True)
class Contract:
    """One table: stage, name, partitioning, columns, key and canonical row order.

    `key` names the columns that identify a row within one partition; `order` the columns by which
    a stored partition is sorted (the key where it is empty). A table by `origin` has a partition
    for each day on which a model said something, written once: no change below makes it pending.
    """

    stage: Stage
    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: Partition = "day"
    order: tuple[str, ...] = field(default=())

    @property
    def table(self) -> str:
        """The table's name in the lake: `stage/name`."""
        return f"{self.stage}/{self.name}"

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and Polars types, in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def payload(self) -> tuple[Column, ...]:
        """The columns of a bronze table that a source fills: all but where a row came from."""
        lineage = [column.name for column in LINEAGE]
        return tuple(column for column in self.columns if column.name not in lineage)

    def __getitem__(self, name: str) -> Column:
        """The column of that name; KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.table} has no column {name!r}; it has {', '.join(self.names)}")

    def empty(self) -> pl.DataFrame:
        """A frame with the table's columns and no rows."""
        return self.schema.to_frame()

    def arrange(self, frame: pl.DataFrame, *before: str) -> pl.DataFrame:
        """The frame with exactly the table's columns, in order and type, rows as they are.

        Behind the columns `before`, which stay as they are. Raises
        polars.exceptions.ColumnNotFoundError or InvalidOperationError when it cannot be.
        """
        return frame.select(
            *before,
            *(pl.col(column.name).cast(column.dtype, strict=True) for column in self.columns),
        )

    def conform(self, frame: pl.DataFrame, *before: str) -> pl.DataFrame:
        """The frame arranged and in canonical order; by the columns `before` first."""
        arranged = self.arrange(frame, *before)
        order = (*before, *(self.key and (self.order or self.key)))
        return arranged.sort(order) if order else arranged

    @cached_property
    def rules(self) -> str:
        """A digest of what rows keep: those that were judged by it need not be looked at again."""
        told = [(each.name, rule.kind, rule.said) for each in self.columns for rule in each.rules]
        return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()

    def keeping(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those of the frame's rows that keep the rules of the columns that it has."""
        known = (self[name] for name in frame.columns if name in self.schema)
        return frame.filter([rule.kept for column in known for rule in column.rules])

    def violations(self, *frames: pl.DataFrame) -> list[pl.DataFrame]:
        """What in each partition breaks the contract, capped for people.

        Columns: column, check, failures (rows), example (text). Empty when a partition passes.
        """
        from netflix_pipeline.contracts.gate import violations_of_each

        return violations_of_each(self, frames)

    def violations_of_parts(
        self, parts: Iterable[pl.DataFrame], keys: Iterable[pl.DataFrame]
    ) -> pl.DataFrame:
        """The same of one partition in parts, of which one is held at a time (`gate` tells how)."""
        from netflix_pipeline.contracts.gate import violations_of_parts

        return violations_of_parts(self, parts, keys)

    @cached_property
    def model(self) -> "pa.DataFrameSchema":
        """The Pandera model (imported only when asked for: the import takes seconds)."""
        from netflix_pipeline.contracts.gate import pandera_model

        return pandera_model(self)

    @cached_property
    def model_of_rows(self) -> "pa.DataFrameSchema":
        """The Pandera model of what rows keep, for a frame with the table's columns."""
        from netflix_pipeline.contracts.gate import model_of_rows

        return model_of_rows(self)

    @cached_property
    def model_of_several(self) -> "pa.DataFrameSchema":
        """The same of several partitions in one frame."""
        from netflix_pipeline.contracts.gate import model_of_rows

        return model_of_rows(self, several=True)


def text(name: str, doc: str, **more: Any) -> Column:
    """A column of text."""
    return Column(name, pl.String(), doc, **more)


def identifier(name: str, doc: str, **more: Any) -> Column:
    """An identifier of 1 to 64 characters."""
    return Column(name, pl.String(), doc, lengths=(1, 64), **more)


def choice(name: str, values: tuple[str, ...], doc: str, **more: Any) -> Column:
    """One word out of a closed list."""
    return Column(name, pl.Enum(values), doc, **more)


def number(name: str, doc: str, unit: str, **more: Any) -> Column:
    """A 64-bit float."""
    return Column(name, pl.Float64(), doc, unit, **more)


def count(name: str, doc: str, unit: str = "rows", **more: Any) -> Column:
    """A 64-bit whole number, zero or more."""
    return Column(name, pl.Int64(), doc, unit, ge=0, **more)


def whole(name: str, doc: str, unit: str, **more: Any) -> Column:
    """A 32-bit whole number."""
    return Column(name, pl.Int32(), doc, unit, **more)


def flag(name: str, doc: str, **more: Any) -> Column:
    """True or false."""
    return Column(name, pl.Boolean(), doc, **more)


def instant(name: str, doc: str, **more: Any) -> Column:
    """A point in time, UTC, to the microsecond."""
    return Column(name, UTC_MICROSECONDS, doc, "UTC", **more)


def day(name: str, doc: str, **more: Any) -> Column:
    """A UTC day."""
    return Column(name, pl.Date(), doc, "UTC day", **more)


COUNTRY_PATTERN = "[A-Z]{2}"
PRECISIONS = ("second", "day")
ACTIONS = ("started", "paused", "resumed", "stopped", "completed")
KINDS = ("main", "promo")
DEVICES = (
    "smart_tv",
    "mobile",
    "tablet",
    "desktop",
    "laptop",
    "console",
    "streaming_stick",
    "other",
)
QUALITIES = ("SD", "HD", "UHD")
CANARY_USER = "~canary"
"""The user of the platform's own canary events; rows of a source that name it count as such."""
HTTP = "http"
"""The source of rows that came as events over HTTP; all others came in files."""


def country(**more: Any) -> Column:
    """A country where something was watched or searched."""
    return Column(
        "country",
        pl.String(),
        "country, ISO 3166-1 alpha-2",
        nullable=True,
        pattern=COUNTRY_PATTERN,
        **more,
    )


def device() -> Column:
    """The kind of device."""
    return choice("device", DEVICES, "kind of device", nullable=True)


def event_time(doc: str) -> tuple[Column, Column]:
    """`event_time` and `time_precision`, as every event carries them."""
    return (
        instant("event_time", doc),
        choice(
            "time_precision",
            PRECISIONS,
            "`day` where the source only gives a date (event_time is then midnight)",
        ),
    )


LINEAGE = (
    text("source", "the adapter that read the row"),
    instant("received_at", "when the platform received the row"),
    text(
        "batch",
        "the batch that brought it: content hash, arrival number (~ and which of its files)",
    ),
    Column("line", pl.Int64(), "line of the file, or position in the request", "line", ge=0),
)
"""Where a bronze row came from. A row's payload is every column but these."""
