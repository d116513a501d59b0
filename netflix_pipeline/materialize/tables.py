"""Which table is made from which, in the order in which they are built, and by which code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from netflix_pipeline.materialize.code import Code, Name

WINDOW = 2
"""Days on each side that can touch a day's plays and sittings (an event of at most 24 hours and a
gap of 12 reach no further; what does reach further is recorded by name)."""

MONTH = 30
"""Days that monthly active users look back."""

_DIMENSION = (("silver", "dimension"),)
_SAME_DAY = (("same_day", "same_day_jobs"),)
_OF_USERS = (("anew", "tables_of_users"), ("patches", "patched_tables_of_users"))

# table -> (tables that it is made from, the functions of this room that make it, by their module)
_MADE: Mapping[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "silver/users": (("bronze/users", "bronze/user_mentions"), _DIMENSION),
    "silver/titles": (("bronze/titles", "bronze/title_mentions"), _DIMENSION),
    "silver/plays": (
        ("bronze/watch_events", "silver/titles", "silver/users"),
        (("silver", "plays_of"),),
    ),
    "silver/sessions": (("silver/plays", "silver/titles"), (("silver", "sessions_of"),)),
    "silver/searches": (("bronze/search_events", "silver/users"), _SAME_DAY),
    "silver/recommendations": (("bronze/recommendation_events",), _SAME_DAY),
    "silver/reviews": (("bronze/reviews",), _SAME_DAY),
    "silver/quarantine": (("bronze/quarantine",), _SAME_DAY),
    "gold/title_daily": (("silver/plays", "silver/titles"), _SAME_DAY),
    "gold/user_daily": (("silver/plays",), _SAME_DAY),
    "gold/engagement_daily": (("silver/plays", "silver/titles"), _SAME_DAY),
    "gold/activity": (("silver/plays",), _SAME_DAY),
    "gold/drop_off": (("silver/plays",), _SAME_DAY),
    "gold/sitting_daily": (("silver/sessions",), _SAME_DAY),
    "gold/search_daily": (("silver/searches",), _SAME_DAY),
    "gold/recommendation_daily": (("silver/recommendations",), _SAME_DAY),
    "gold/ledger_daily": (
        ("bronze/quarantine", "bronze/duplicates", "bronze/watch_events"),
        (("build", "_ledger"),),
    ),
    "gold/audience_daily": (
        ("gold/user_daily", "silver/plays"),
        (("audience_days", "audience_days"),),
    ),
    "gold/top10_weekly": (
        ("gold/title_daily", "silver/titles"),
        (("top10_weeks", "top10_of_weeks"),),
    ),
    "gold/retention_weekly": (("gold/user_daily",), _OF_USERS),
    "gold/lifecycle_weekly": (("gold/user_daily",), _OF_USERS),
    "gold/user_profile": (("gold/user_daily",), _OF_USERS),
    "gold/title_profile": (
        ("silver/plays", "silver/titles", "silver/reviews"),
        (("anew", "title_profile"), ("patches", "patched_title_profile")),
    ),
}

SILVER: tuple[str, ...] = tuple(table for table in _MADE if table.startswith("silver/"))
"""The silver tables in the order in which they are built."""

GOLD_ROLLUPS: tuple[str, ...] = (
    "gold/top10_weekly",
    "gold/retention_weekly",
    "gold/lifecycle_weekly",
    "gold/user_profile",
    "gold/title_profile",
)
"""The gold tables that look over the whole history, in the order in which they are built."""

GOLD_DAILY: tuple[str, ...] = tuple(
    table for table in _MADE if table.startswith("gold/") and table not in GOLD_ROLLUPS
)
"""The gold tables with a partition a day, in the order in which they are built."""

DIMENSIONS = ("silver/users", "silver/titles")
"""The silver tables that are stored whole."""

USES_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    dimension: tuple(
        table
        for table, (made_from, _) in _MADE.items()
        if dimension in made_from and table not in GOLD_ROLLUPS
    )
    for dimension in DIMENSIONS
}
"""The daily tables that take something of a dimension."""


def dependencies() -> Mapping[str, tuple[str, ...]]:
    """Every silver and gold table and the tables that it is made from."""
    return {table: made_from for table, (made_from, _) in _MADE.items()}


@cache
def code_version(table: str) -> str:
    """A digest of the code that makes a table."""
    return _code().version(table, made_by(table))


def made_by(table: str) -> list[Name]:
    """The names from which on code makes a table: functions, and the contracts of what they use."""
    made_from, makers = _MADE[table]
    contracts = [
        (f"netflix_pipeline.contracts.{name.replace('/', '.')}", "CONTRACT")
        for name in (table, *made_from)
    ]
    names = [(f"{__package__}.{module}", name) for module, name in makers]
    return [*contracts, *names]


@cache
def _code() -> Code:
    package = find_spec(__package__.partition(".")[0])
    assert package is not None
    assert package.origin is not None
    return Code(Path(package.origin).parent.parent)
