"""What Dagster recorded in PostgreSQL, without the ids of some persons.

Rows are looked at a few at a time, changed one by one, and tables that were changed are written
anew, so that nothing of before is left in their files. What is left in the server's own log of
writes (WAL) and in backups of it, the server's settings keep.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.types import String

from netflix_pipeline.errors import Transient
from netflix_pipeline.state import engine_at

Without = Callable[[Any], Any]
"""Gives a value without ids: the same object where it holds none."""
ROWS = 200
"""Rows that are fetched at a time."""
PATIENCE = "60s"
"""How long to wait for whoever else has a table."""


def erase_server(
    address: str, setting: str, kept: frozenset[str], without: Without, busy: type[Transient]
) -> int:
    """Take ids out of every text of the database but those in columns `kept`; how many rows.

    Raises `busy` where the server is away, or somebody holds a table for long; done again, it
    finishes.
    """
    engine = engine_at(address, setting, "runs")
    try:
        changed = sum(
            _erase_table(engine, table, kept, without)
            for table in inspect(engine).get_table_names()
        )
    except OperationalError as error:
        raise busy(
            f"Dagster's database at {engine.url.host}: {error.orig}. What was erased may still be "
            "in it: run it again."
        ) from error
    finally:
        engine.dispose()
    return changed


def _erase_table(engine: Engine, table: str, kept: frozenset[str], without: Without) -> int:
    columns = [
        column["name"]
        for column in inspect(engine).get_columns(table)
        if isinstance(column["type"], String) and column["name"] not in kept
    ]
    if not columns:
        return 0
    quote = engine.dialect.identifier_preparer.quote
    names, where = [quote(column) for column in columns], quote(table)
    changed = 0
    # Again after each change: of a row that somebody changed meanwhile only the new one counts.
    while found := _erase_rows(engine, where, names, without):
        changed += found
    if changed:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as writing:
            writing.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
            writing.execute(text("SET statement_timeout = 0"))
            writing.execute(text(f"VACUUM (FULL) {where}"))
    return changed


def _erase_rows(engine: Engine, table: str, names: list[str], without: Without) -> int:
    found = 0
    with engine.connect() as reading:
        for place, *values in _rows(reading, table, names):
            told = {
                name: (value, new)
                for name, value in zip(names, values, strict=True)
                if (new := without(value)) is not value
            }
            if told:
                found += 1
                _change(engine, table, place, told)
    return found


def _rows(reading: Connection, table: str, names: list[str]) -> Iterator[Any]:
    reading.execute(text("SET statement_timeout = 0"))
    listed = ", ".join(names)
    asked = text(f"SELECT ctid::text, {listed} FROM {table}")  # noqa: S608 (names of the schema)
    yield from reading.execution_options(yield_per=ROWS).execute(asked)


def _change(engine: Engine, table: str, place: str, told: dict[str, tuple[Any, Any]]) -> None:
    """Change a row where it still is as it was read; one that would be twice is taken away."""
    sets = ", ".join(f"{name} = :new{number}" for number, name in enumerate(told))
    same = "".join(f" AND {name} = :old{number}" for number, name in enumerate(told))
    row = f"WHERE ctid = CAST(:place AS tid){same}"
    bound = {"place": place}
    for number, (old, new) in enumerate(told.values()):
        bound |= {f"old{number}": old, f"new{number}": new}
    try:
        with engine.begin() as writing:
            writing.execute(text(f"UPDATE {table} SET {sets} {row}"), bound)  # noqa: S608
    except IntegrityError:
        with engine.begin() as writing:
            writing.execute(text(f"DELETE FROM {table} {row}"), bound)  # noqa: S608
