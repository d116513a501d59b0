"""Which table is made from which, in the order in which they are built, and by which code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

TRANSFORMS = "netflix_pipeline.transforms"

IMPORTED = rf"^\s*from ({TRANSFORMS}\.\w+) import "

WINDOW = 2
"""Days on each side that can touch a day's plays and sittings (an event of at most 24 hours and a
gap of 12 reach no further; what does reach further is recorded by name)."""

MONTH = 30
"""Days that monthly active users look back."""

# table -> (tables that it is made from, the module of `transforms` that makes it)
_MADE: Mapping[str, tuple[tuple[str, ...], str]] = {
    "silver/users": (("bronze/users", "bronze/user_mentions"), "users"),
    "silver/titles": (("bronze/titles", "bronze/title_mentions"), "titles"),
    "silver/plays": (("bronze/watch_events", "silver/titles", "silver/users"), "plays"),
    "silver/sessions": (("silver/plays", "silver/titles"), "sittings"),
    "silver/searches": (("bronze/search_events", "silver/users"), "searches"),
    "silver/recommendations": (("bronze/recommendation_events",), "recommendations"),
    "silver/reviews": (("bronze/reviews",), "reviews"),
    "silver/quarantine": (("bronze/quarantine",), "quarantine"),
    "gold/title_daily": (("silver/plays", "silver/titles"), "title_daily"),
    "gold/user_daily": (("silver/plays",), "user_daily"),
    "gold/engagement_daily": (("silver/plays", "silver/titles"), "engagement_daily"),
    "gold/activity": (("silver/plays",), "activity"),
    "gold/drop_off": (("silver/plays",), "drop_off"),
    "gold/sitting_daily": (("silver/sessions",), "sitting_daily"),
    "gold/search_daily": (("silver/searches",), "search_daily"),
    "gold/recommendation_daily": (("silver/recommendations",), "recommendation_daily"),
    "gold/ledger_daily": (
        ("bronze/quarantine", "bronze/duplicates", "bronze/watch_events"),
        "ledger_daily",
    ),
    "gold/audience_daily": (("gold/user_daily", "silver/plays"), "audience"),
    "gold/top10_weekly": (("gold/title_daily", "silver/titles"), "top10"),
    "gold/retention_weekly": (("gold/user_daily",), "retention"),
    "gold/lifecycle_weekly": (("gold/user_daily",), "lifecycle"),
    "gold/user_profile": (("gold/user_daily",), "user_profile"),
    "gold/title_profile": (
        ("silver/plays", "silver/titles", "silver/reviews"),
        "title_profile",
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

PATCHING = ("anew", "audience_days", "patches", "pending", "previous", "rollups", "top10_weeks")
"""The modules that make tables over the whole history and record what they are made from."""

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
    """A digest of the source that makes a table: its transform, what that uses, its contract.

    And what patches it, where it looks over more than its day.
    """
    stage, name = table.split("/")
    modules = {f"netflix_pipeline.contracts.{stage}.{name}"}
    if table in (*GOLD_ROLLUPS, "gold/audience_daily"):
        modules.update(f"netflix_pipeline.materialize.{module}" for module in PATCHING)
    waiting = [f"{TRANSFORMS}.{_MADE[table][1]}"]
    while waiting:
        module = waiting.pop()
        modules.add(module)
        waiting += [used for used in _used_transforms(module) if used not in modules]
    digest = hashlib.blake2b(digest_size=6)
    for module in sorted(modules):
        digest.update(_source(module))
    return digest.hexdigest()


@cache
def _source(module: str) -> bytes:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin).read_bytes()


@cache
def _used_transforms(module: str) -> list[str]:
    """The modules of `transforms` that a module imports from."""
    return re.findall(IMPORTED, _source(module).decode(), re.MULTILINE)
