"""Contracts: what every table holds, with types, bounds, units and meanings."""

import pkgutil
from functools import cache
from importlib import import_module

from netflix_pipeline.contracts.contract import Column, Contract

__all__ = ["Column", "Contract", "contract", "contracts"]


@cache
def contracts() -> dict[str, Contract]:
    """Every contract by its table's name, `stage/name`, in the order of the stages."""
    by_table: dict[str, Contract] = {}
    for stage in ("bronze", "silver", "gold"):
        package = import_module(f"{__name__}.{stage}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            table = import_module(f"{package.__name__}.{module.name}").CONTRACT
            by_table[table.table] = table
    return by_table


def contract(table: str) -> Contract:
    """The contract of a table such as `silver/plays`; KeyError names the tables there are."""
    try:
        return contracts()[table]
    except KeyError:
        raise KeyError(f"no table {table!r}; there are {', '.join(contracts())}") from None
