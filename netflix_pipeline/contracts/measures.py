"""The additive measures: what plays are counted and summed by, in Polars and in SQL side by side.

A gold table that holds them has a column for each, so that what is added up of a day, a country or
a title is the measure of all of it. `test_measures.py` proves that both expressions agree.

Polars adds floats in an order that depends on its threads, and the last bit of such a sum on the
order. Here seconds and views are added as whole multiples of 2^-60 in 128 bits: every sum is exact
but for one rounding at its end, and the same on every machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from netflix_pipeline.contracts.contract import Column, count, number

GRAIN: Final = 2.0**60


def exact_total(values: pl.Expr) -> pl.Expr:
    """The sum of finite floats in whole multiples of 2^-60, unknown counting as nothing.

    Such sums of parts add up to that of all.
    """
    return (values * GRAIN).cast(pl.Int128).sum()


def rounded(sums: pl.Expr) -> pl.Expr:
    """What `exact_total` gives, as a float."""
    return sums.cast(pl.Float64) / GRAIN


def total(values: pl.Expr) -> pl.Expr:
    """The sum of finite floats, unknown counting as nothing; 0 where there is none."""
    return rounded(exact_total(values))


def divided(values: pl.Expr, by: float) -> pl.Expr:
    """Values by a constant, the same to the last bit however many they are.

    Polars divides a single value, and multiplies several by the constant's reciprocal.
    """
    return values * (1 / by)


@dataclass(frozen=True)
class Measure:
    """A measure: the column that holds its sum, and what a row adds to it, as the two say it.

    What is null adds nothing. A condition (`counts`) adds one where it is true.
    """

    name: str
    doc: str
    unit: str
    polars: pl.Expr
    sql: str
    counts: bool = False

    @property
    def column(self) -> Column:
        """Its column in a gold table."""
        if self.counts:
            return count(self.name, self.doc, self.unit)
        return number(self.name, self.doc, self.unit, ge=0)

    @property
    def exact(self) -> pl.Expr:
        """Its sum over rows, in Polars, to which sums of parts add up: see `exact_total`."""
        if self.sql == "true":
            return pl.len().alias(self.name)
        summed = self.polars.sum() if self.counts else exact_total(self.polars)
        return summed.alias(self.name)

    @property
    def summed(self) -> pl.Expr:
        """Its sum over rows, in Polars; 0 over none."""
        return self.exact if self.counts else rounded(self.exact)

    @property
    def summed_sql(self) -> str:
        """Its sum over rows, in SQL; 0 over none."""
        if self.sql == "true":
            return "count(*)"
        if self.counts:
            return f"count(*) FILTER (WHERE {self.sql})"
        return f"coalesce(sum({self.sql}), 0)"

    @property
    def added_sql(self) -> str:
        """What a row adds, as an entry of a select list."""
        return f"({self.sql}){'::INTEGER' * self.counts} AS {self.name}"


def _plays(name: str, doc: str, polars: pl.Expr, sql: str) -> Measure:
    return Measure(name, doc, "plays", polars, sql, counts=True)


STARTER, REACHED, SECONDS = (pl.col(name) for name in ("starter", "reached", "watch_seconds"))
RUNTIME = pl.col("entry_runtime_minutes")

OF_PLAYS: Final = (
    _plays("plays", "plays", pl.lit(value=True), "true"),
    _plays("starters", "plays of at least two minutes", STARTER, "starter"),
    _plays("watchers", "starters that reached 70 %", pl.col("watcher"), "watcher"),
    _plays("completers", "starters that reached 90 %", pl.col("completer"), "completer"),
    Measure(
        "watch_seconds",
        "time watched; plays without a duration add nothing",
        "s",
        SECONDS,
        "watch_seconds",
    ),
    _plays(
        "plays_without_duration",
        "plays whose duration nobody reported",
        SECONDS.is_null(),
        "watch_seconds IS NULL",
    ),
    _plays(
        "starters_without_reach",
        "starters of which nobody knows how far they came",
        STARTER & REACHED.is_null(),
        "starter AND reached IS NULL",
    ),
)
"""What a play adds."""

OF_ENTRIES: Final = (
    Measure(
        "views",
        "Σ hours ÷ runtime of the entry, where known",
        "views",
        divided(SECONDS, 60) / RUNTIME,
        "watch_seconds / 60 / entry_runtime_minutes",
    ),
    Measure(
        "seconds_without_runtime",
        "time watched of entries without a runtime",
        "s",
        pl.when(RUNTIME.is_null()).then(SECONDS),
        "CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds END",
    ),
)
"""What a play, or a title's plays together, add; beside them stands the runtime of the entry."""

COUNTS = tuple(measure.name for measure in OF_PLAYS if measure.counts)
"""The measures that are whole numbers of plays."""


def columns(measures: Iterable[Measure]) -> tuple[Column, ...]:
    """Their columns in gold tables."""
    return tuple(measure.column for measure in measures)


def made_of(measures: Iterable[Measure]) -> tuple[str, ...]:
    """The columns of the rows that they are made of."""
    names = (name for measure in measures for name in measure.polars.meta.root_names())
    return tuple(dict.fromkeys(names))


def of_entry() -> list[pl.Expr]:
    """Views and what they leave out, of rows that hold the seconds of one title.

    Columns in: watch_seconds, entry_runtime_minutes.
    """
    return [measure.polars.fill_null(0).alias(measure.name) for measure in OF_ENTRIES]


def completion_rate(suffix: str = "") -> pl.Expr:
    """Completers ÷ starters with known reached, null without; of columns with that suffix."""
    starters, unknown, completers = (
        pl.col(name + suffix) for name in ("starters", "starters_without_reach", "completers")
    )
    known = starters - unknown
    return pl.when(known > 0).then(completers / known)
