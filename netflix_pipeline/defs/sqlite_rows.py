"""Many rows into a table of SQLite, as its driver takes them.

SQLAlchemy looks at each value of each row, which takes longer than SQLite does.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

DIALECT = sqlite.dialect()

Row = Mapping[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> range:
    """Insert rows of the same columns; gives their numbers.

    The first that is written keeps all others from writing until the transaction ends, so that
    those behind it are numbered on from it.
    """
    if not rows:
        return range(0)
    statement, conversions = _prepared(table, tuple(rows[0]))
    columns = (
        [row[name] for row in rows] if convert is None else [convert(row[name]) for row in rows]
        for name, convert in conversions.items()
    )
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
    last: int = connection.exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
    return range(last - len(rows) + 1, last + 1)


@cache
def _prepared(
    table: Table, names: tuple[str, ...]
) -> tuple[str, Mapping[str, Callable[[Any], Any] | None]]:
    """The statement, and the columns in its order, with what makes their values SQLite's."""
    compiled = insert(table).compile(dialect=DIALECT, column_keys=[*names])
    return str(compiled), {
        name: table.c[name].type.dialect_impl(DIALECT).bind_processor(DIALECT)
        for name in compiled.positiontup or ()
    }
