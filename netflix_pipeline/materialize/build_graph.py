"""How each table of silver and gold is made: building, planning, marking and Dagster ask here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.materialize import windows
from netflix_pipeline.materialize.code_digest import Code, Name, contract_name
from netflix_pipeline.materialize.kept_versions import kept
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.gold_daily import (
    ARRIVING,
    PLAYED,
    SITTING,
    activity,
    arrival_daily,
    drop_off,
    engagement_daily,
    recommendation_daily,
    search_daily,
    search_term_daily,
    sitting_daily,
    sitting_quarters,
    title_daily,
    user_daily,
)
from netflix_pipeline.transforms.silver_tables import (
    quarantine,
    recommendations,
    reviews,
    searches,
    titles,
    users,
)
from netflix_pipeline.transforms.sums import Sums


@dataclass(frozen=True)
class TableSpec:
    """How a table is made.

    `inputs` are the tables that it is made from: the first is the one whose days it has, a daily
    table takes the others whole. `make` is the transform that gives a day (or a table that is
    stored whole) from their rows, in that order: `Sums` where the table tells no users apart; where
    that is not enough, the builder in this room, as `module:function`. `columns` are those of the
    first input that the transform uses; none: all. `reads` says which versions a day is made from
    at least, `days` which days there should be: without them, the same day of the first input, and
    its days.
    """

    inputs: tuple[str, ...]
    make: Sums | Callable[..., pl.DataFrame] | str
    columns: tuple[str, ...] = ()
    reads: Callable[[Versions, date], dict[str, str]] | None = None
    days: Callable[[Versions], list[date]] | None = None

    def builder(self, table: str) -> Name:
        """The module and the function that builds its partitions."""
        if isinstance(self.make, str):
            module, _, name = self.make.partition(":")
        elif table in DIMENSIONS:
            module, name = "silver", "dimension"
        else:
            module, name = "same_day", "same_day_jobs"
        return f"{__package__}.{module}", name


TABLES: Mapping[str, TableSpec] = {
    "silver/users": TableSpec(("bronze/users", "bronze/user_mentions"), users),
    "silver/titles": TableSpec(("bronze/titles", "bronze/title_mentions"), titles),
    "silver/plays": TableSpec(
        ("bronze/watch_events", "silver/titles", "silver/users"),
        "silver:plays_of",
        reads=windows.events,
    ),
    "silver/sessions": TableSpec(
        ("silver/plays", "silver/titles"), "silver:sessions_of", reads=windows.sessions
    ),
    "gold/title_daily": TableSpec(("silver/plays", "silver/titles"), title_daily, PLAYED),
    "gold/user_daily": TableSpec(("silver/plays",), user_daily, PLAYED),
    "gold/engagement_daily": TableSpec(("silver/plays", "silver/titles"), engagement_daily, PLAYED),
    "gold/activity": TableSpec(("silver/plays",), activity, PLAYED),
    "gold/drop_off": TableSpec(("silver/plays",), drop_off, PLAYED),
    "gold/title_profile": TableSpec(
        ("silver/plays", "silver/titles", "silver/reviews"), "rollups:profiles_of_titles"
    ),
    "gold/user_profile": TableSpec(("gold/user_daily",), "rollups:tables_by_users"),
    "gold/retention_weekly": TableSpec(("gold/user_daily",), "rollups:tables_by_users"),
    "gold/lifecycle_weekly": TableSpec(("gold/user_daily",), "rollups:tables_by_users"),
    "gold/top10_weekly": TableSpec(
        ("gold/title_daily", "silver/titles"), "top10_weeks:top10_by_week"
    ),
    "gold/audience_daily": TableSpec(
        ("gold/user_daily", "silver/plays"),
        "audience_days:audience_days",
        reads=windows.audience,
        days=windows.watched,
    ),
    "silver/searches": TableSpec(("bronze/search_events", "silver/users"), searches),
    "silver/recommendations": TableSpec(("bronze/recommendation_events",), recommendations),
    "silver/reviews": TableSpec(("bronze/reviews",), reviews),
    "silver/quarantine": TableSpec(("bronze/quarantine",), quarantine),
    "gold/sitting_daily": TableSpec(("silver/sessions",), sitting_daily, SITTING),
    "gold/sitting_quarters": TableSpec(("silver/sessions",), sitting_quarters, SITTING),
    "gold/search_daily": TableSpec(("silver/searches",), search_daily),
    "gold/search_term_daily": TableSpec(("silver/searches",), search_term_daily),
    "gold/recommendation_daily": TableSpec(("silver/recommendations",), recommendation_daily),
    "gold/arrival_daily": TableSpec(("bronze/watch_events",), arrival_daily, ARRIVING),
    "gold/ledger_daily": TableSpec(
        ("bronze/quarantine", "bronze/duplicates", "bronze/watch_events"),
        "ledger_days:ledger_days",
        reads=windows.ledger,
        days=windows.arrivals,
    ),
}
"""Every table; of those that can be made at one time, the ones that take longest come first."""

SILVER: tuple[str, ...] = tuple(table for table in TABLES if contract(table).stage == "silver")
"""The silver tables."""

GOLD_DAILY: tuple[str, ...] = tuple(
    table
    for table in TABLES
    if contract(table).stage == "gold" and contract(table).partition == "day"
)
"""The gold tables with a partition a day."""

GOLD_ROLLUPS: tuple[str, ...] = tuple(
    table
    for table in TABLES
    if contract(table).stage == "gold" and contract(table).partition != "day"
)
"""The gold tables that look over the whole history."""

DIMENSIONS = tuple(table for table in SILVER if contract(table).partition == "whole")
"""The silver tables that are stored whole."""

USES_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    dimension: tuple(
        table
        for table, told in TABLES.items()
        if dimension in told.inputs and table not in GOLD_ROLLUPS
    )
    for dimension in DIMENSIONS
}
"""The daily tables that take something of a dimension."""


def dependencies() -> Mapping[str, tuple[str, ...]]:
    """Every silver and gold table and the tables that it is made from."""
    return {table: told.inputs for table, told in TABLES.items()}


def made_together(tables: Iterable[str]) -> list[tuple[str, ...]]:
    """The tables in groups that one builder makes from the same rows, in the order of `TABLES`."""
    groups: dict[tuple[Name, str], list[str]] = {}
    for table in tables:
        spec = TABLES[table]
        groups.setdefault((spec.builder(table), spec.inputs[0]), []).append(table)
    return [tuple(group) for group in groups.values()]


def code_version(table: str) -> str:
    """A digest of the code that makes a table."""
    return _code_versions()[table]


def made_by(table: str) -> list[Name]:
    """The names from which on code makes a table: functions, and the contracts of what they use."""
    spec = TABLES[table]
    contracts = [contract_name(name) for name in (table, *spec.inputs)]
    return [*contracts, (__name__, "TABLES"), spec.builder(table)]


@cache
def _code_versions() -> Mapping[str, str]:
    package = find_spec(__package__.partition(".")[0])
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent
    code = Code(folder.parent)
    return kept(folder, lambda: {table: code.version(table, made_by(table)) for table in TABLES})
