"""Where a frame and the reference's rows differ, told so that a person can start from it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.materialize import Versions, pending
from netflix_pipeline_tests.reference import tables
from netflix_pipeline_tests.reference.home import Frames, Home
from netflix_pipeline_tests.reference.rows import Row
from netflix_pipeline_tests.reference.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from netflix_pipeline_tests.reference.rows import Row

RELATIVE = 1e-9


def differences(table: str, expected: Iterable[Row], frame: pl.DataFrame) -> list[str]:
    """One line for each row or value that differs; empty when all agree.

    The frame must have exactly the contract's columns. Rows are matched by the contract's key.
    """
    told = contract(table)
    if tuple(frame.columns) != told.names:
        return [f"{table}: columns {frame.columns}, not {list(told.names)}"]
    rows = list(expected)
    untold = {name for name in told.names for row in rows if name not in row}
    if untold:
        return [f"{table}: the reference has no {', '.join(sorted(untold))}: let it tell them, too"]
    wanted = _by_key(rows, told.key)
    got = _by_key(frame.to_dicts(), told.key)
    found = [f"{table}: too much: {got[key]}" for key in got if key not in wanted]
    found += [f"{table}: missing: {wanted[key]}" for key in wanted if key not in got]
    for key in wanted.keys() & got.keys():
        found += [
            f"{table} {dict(zip(told.key, key, strict=True))}.{name}: "
            f"{got[key][name]!r}, the reference says {wanted[key][name]!r}"
            for name in told.names
            if not _same(name, wanted[key][name], got[key][name])
        ]
    if len(got) != frame.height:
        found.append(f"{table}: {frame.height} rows, but {len(got)} different keys")
    return sorted(found)


def _by_key(rows: Iterable[Row], key: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in key): row for row in rows}


def _same(name: str, expected: Any, got: Any) -> bool:
    if name == "running":
        return bool(expected == _minutes(got))
    if isinstance(expected, float) and isinstance(got, float):
        return math.isclose(expected, got, rel_tol=RELATIVE, abs_tol=1e-12)
    if name == "reasons":
        return set(expected) == set(got)
    return bool(expected == got)


def _minutes(running: list[int]) -> list[int]:
    """The minutes of pairs (first, one past the last), each once."""
    return sorted(
        {
            minute
            for first, past in zip(running[::2], running[1::2], strict=True)
            for minute in range(first, past)
        }
    )


def disagreements(expected: Tables, made: Frames) -> list[str]:
    found = []
    for table, partitions in made.items():
        if table not in expected:
            found.append(f"{table}: the reference does not have it: add it to reference/tables.py")
            continue
        for partition in {*partitions, *expected[table]}:
            rows = expected[table].get(partition, [])
            got = partitions.get(partition, contract(table).empty())
            if rows or got.height:
                found += [f"{partition} {told}" for told in differences(table, rows, got)]
    return found


def assert_agrees(home: Home) -> None:
    """Bring everything up to date, and compare it with what the definitions make of the files."""
    home.materialize()
    assert not pending(Versions(home.lake))
    made = home.tables()
    bronze = home.arrivals.bronze()
    calendar = tables.calendar_of(bronze)
    assert list(made["gold/audience_daily"]) == calendar
    found = disagreements(tables.expected(bronze, calendar), made)
    assert not found, "\n".join(found)
