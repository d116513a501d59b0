"""What people put in, copied from the file of a home to a database that machines share, or back.

Keys, audit, annotations, bookmarks, reports, alerts and marks of erasure: all of it or nothing,
with the numbers that it has. Passwords go along. Sessions stay behind, and people sign in again; so
do keys that the platform lent itself for an hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Executable, Table, func, insert, select, text

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.annotations import ANNOTATIONS
from netflix_pipeline.state.audit import AUDIT, Audit
from netflix_pipeline.state.bookmarks import BOOKMARKS
from netflix_pipeline.state.business_alerts import BUSINESS_ALERTS, BUSINESS_MESSAGES
from netflix_pipeline.state.database import ensure, making, opened, state_file
from netflix_pipeline.state.erasures import MADE, MARKS, Erasures
from netflix_pipeline.state.keys import KEYS
from netflix_pipeline.state.passwords import Passwords
from netflix_pipeline.state.reports import RECEIVERS, REPORTS

Place = Literal["database", "disk"]
"""Where `NETFLIX_STATE_DATABASE` says, or the file of the home."""

TABLES: tuple[Table, ...] = (
    *(AUDIT, KEYS, MADE, MARKS, ANNOTATIONS, BOOKMARKS),
    *(REPORTS, RECEIVERS, BUSINESS_ALERTS, BUSINESS_MESSAGES),
)
AT_ONCE = 1000
"""Rows that are written at a time."""
SEQUENCE = "CAST(pg_get_serial_sequence(:table, :column) AS regclass)"
"""What counts the numbers of a table, in PostgreSQL."""


class StateNotEmpty(BadInput):
    """Where what people put in is to be copied, other people put something in."""


def copy_state(settings: Settings, target: Place) -> dict[str, int]:
    """Copy it there; how many rows of each table are there then, and how many passwords.

    It is of one moment. Where all of it is there already nothing is done. Raises BadInput where the
    settings name no database or there is nothing to copy, StateNotEmpty where something else is
    there, DamagedFile where it is not known who was erased, and StateUnavailable.
    """
    here, there = _ends(settings, target)
    with opened(here) as source, opened(there) as copy:
        Erasures(source, here).persons()
        for engine in (source, copy):
            Audit(engine)
            ensure(engine, *TABLES)
        with _still(source) as reading, making(copy) as writing:
            if not _holds_all(writing, reading, target):
                for table in TABLES:
                    _copy(reading, writing, table)
            counts = {table.name: len(writing.execute(_rows(table)).all()) for table in TABLES}
        Erasures(copy, there).persons()
    return counts | {"passwords": _copy_passwords(here, there)}


def _ends(settings: Settings, target: Place) -> tuple[Settings, Settings]:
    """The home as it is, and as it will be."""
    in_file = settings.model_copy(update={"state_database": ""})
    if not settings.state_database:
        raise BadInput("set NETFLIX_STATE_DATABASE: it names the database of the two.")
    if target == "disk":
        return settings, in_file
    if not state_file(settings).exists():
        raise BadInput(f"{state_file(settings)} is not there: nobody put anything in yet.")
    return in_file, settings


@contextmanager
def _still(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _rows(table: Table) -> Executable:
    return select(KEYS).where(~KEYS.c.own) if table is KEYS else select(table)


def _holds_all(there: Connection, here: Connection, target: Place) -> bool:
    """Whether all of it is there; False where nothing is. Raises StateNotEmpty."""

    def found(connection: Connection, table: Table) -> set[tuple[Any, ...]]:
        # Marks go on: who is marked is erased, or is to be erased again.
        rows = select(MARKS.c.person) if table is MARKS else _rows(table)
        return {tuple(row) for row in connection.execute(rows)}

    held = {table: rows for table in TABLES if (rows := found(there, table))}
    if held and any(not found(here, table) <= held.get(table, set()) for table in TABLES):
        raise StateNotEmpty(
            f"the {target} holds something else already ({', '.join(sorted(map(str, held)))}), and "
            "nothing is copied over it. Make it empty, or take another one."
        )
    return bool(held)


def _copy(reading: Connection, writing: Connection, table: Table) -> None:
    for rows in reading.execute(_rows(table)).mappings().partitions(AT_ONCE):
        writing.execute(insert(table), [dict(row) for row in rows])
    column = table.autoincrement_column
    if column is not None:
        _count_on(writing, table, column.name, _last(reading, table, column.name))


def _last(connection: Connection, table: Table, column: str) -> int:
    """The last number that was given in a table, also where its row is gone."""
    named = {"table": table.name, "column": column}
    last: Executable = select(func.max(table.c[column]))
    if connection.dialect.name == "postgresql":
        last = text(f"SELECT pg_sequence_last_value({SEQUENCE})")
    elif table.dialect_options["sqlite"]["autoincrement"]:
        last = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return int(connection.execute(last, named).scalar() or 0)


def _count_on(connection: Connection, table: Table, column: str, last: int) -> None:
    """Let the next number that is given be the one behind the last."""
    named = {"table": table.name, "column": column, "last": last}
    if connection.dialect.name == "postgresql" and last:
        connection.execute(text(f"SELECT setval({SEQUENCE}, :last)"), named)
    elif connection.dialect.name == "sqlite" and table.dialect_options["sqlite"]["autoincrement"]:
        for counting in (
            "DELETE FROM sqlite_sequence WHERE name = :table",
            "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)",
        ):
            connection.execute(text(counting), named)


def _copy_passwords(here: Settings, there: Settings) -> int:
    """Those of a table stand in the file then; those of the file in a table that has none."""
    known = Passwords(there)
    if here.state_database:
        known.take_over(Passwords(here).hashes)
    return len(known.hashes)
