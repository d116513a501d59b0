"""Contracts: what every table holds, with types, bounds, units and meanings."""

from functools import cache
from importlib import import_module

from netflix_pipeline.contracts.contract import (
    ACTIONS,
    CANARY_USER,
    DEVICES,
    HTTP,
    KINDS,
    QUALITIES,
    UTC_MICROSECONDS,
    VIOLATIONS,
    Column,
    Contract,
)
from netflix_pipeline.contracts.outcomes import (
    OUTCOMES,
    PROCESSING_FAILED,
    ROW_COUNTS,
    missing_rows,
)

__all__ = [
    "ACTIONS",
    "CANARY_USER",
    "DEVICES",
    "HTTP",
    "KINDS",
    "OUTCOMES",
    "PROCESSING_FAILED",
    "QUALITIES",
    "ROW_COUNTS",
    "UTC_MICROSECONDS",
    "VIOLATIONS",
    "Column",
    "Contract",
    "contract",
    "contracts",
    "missing_rows",
    "origin_tables",
    "served",
]


@cache
def contracts() -> dict[str, Contract]:
    """Every contract by its table's name, `stage/name`, in the order of the stages."""
    return {
        each.table: each
        for module in ("bronze", "silver", "gold", "origins")
        for each in vars(import_module(f"{__name__}.{module}")).values()
        if isinstance(each, Contract)
    }


def contract(table: str) -> Contract:
    """The contract of a table such as `silver/plays`; KeyError names the tables there are."""
    try:
        return contracts()[table]
    except KeyError:
        raise KeyError(f"no table {table!r}; there are {', '.join(contracts())}") from None


@cache
def origin_tables() -> tuple[str, ...]:
    """The tables by origin: what models said on a day, which stays as it was said."""
    return tuple(table for table, each in contracts().items() if each.partition == "origin")


@cache
def served() -> tuple[str, ...]:
    """The tables that a snapshot holds: the dims, what people did, quarantine, and gold."""
    silver = (
        *("silver/users", "silver/titles", "silver/plays", "silver/quarantine"),
        *("silver/searches", "silver/recommendations"),
    )
    return (*silver, *(table for table, each in contracts().items() if each.stage == "gold"))
