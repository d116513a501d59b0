"""What was recorded of runs, and what services said, without the ids of some persons.

Dagster keeps runs, events and the cursors of sensors in SQLite files, or in PostgreSQL. The files
may be open: rows are changed one by one, and a file is written anew only where bytes of before are
left in it. Tables of failed checks lose their examples, whoever is erased: an example may be of
anybody's row.
"""

import json
import mmap
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netflix_pipeline.erasing.postgres_history import erase_server
from netflix_pipeline.errors import Transient
from netflix_pipeline.eventlog.sqlite_file import clear_wal
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings

COMPANIONS = ("-wal", "-shm", "-journal")
PATIENCE = 60.0
"""Seconds to wait for whoever else writes or reads."""
ROWS = 200
"""Rows that are changed in one go: runs that write wait no longer than for these."""

TABLE_HEAD = "| column | check | failures | example |"
TABLE_ROW = re.compile(r"\| (?P<where>(?:[^|\\]|\\.)*\|(?:[^|\\]|\\.)*)\| (?P<failures>\d+) \| .*")


DAGSTERS = frozenset(
    ("asset_key", "check_name", "run_id", "step_key", "partition", "dagster_event_type", "status")
)
"""Columns that hold Dagster's own words."""
TIMES = frozenset(("DATETIME", "TIMESTAMP"))
"""Types of columns that hold times, in whose digits an id may seem to stand."""


class HistoryBusy(Transient):
    """What Dagster recorded cannot be changed just now."""


def erase_history(settings: Settings, persons: Persons) -> int:
    """Take the ids of persons out of Dagster's storage and the logs; returns how many places.

    Cut off on the way, the same call finishes. Raises HistoryBusy where others hold a file for
    long. Storage that is elsewhere by a `dagster.yaml` of one's own is left alone.
    """
    places = sum(
        _erase_database(path, persons) if _is_database(path) else _overwrite(path, persons)
        for path in _files(settings)
    )
    if settings.dagster_database:
        places += erase_server(
            settings.dagster_database,
            "NETFLIX_DAGSTER_DATABASE",
            DAGSTERS,
            lambda value: _without(value, persons),
            HistoryBusy,
        )
    return places


def _is_database(path: Path) -> bool:
    """Whether SQLite keeps it.

    Only SQLite may open such a file: whoever closes one takes every lock on it from this process,
    in which Dagster has it open, too.
    """
    if not path.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode != sqlite3.SQLITE_NOTADB
    return True


def _files(settings: Settings) -> Iterator[Path]:
    """Databases, without what SQLite keeps beside them, and logs."""
    return (
        path
        for folder in (settings.dagster, settings.root / "logs")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(COMPANIONS)
        if path != settings.dagster / "dagster.yaml"
    )


def _erase_database(path: Path, persons: Persons) -> int:
    try:
        with closing(_connect(path, persons)) as connection:
            tables = _tables(connection)
            changed = sum(_erase_table(connection, table, persons) for table in tables)
            clear_wal(path, connection, PATIENCE, HistoryBusy)
            if changed or persons.in_text(connection.serialize()):
                connection.execute("VACUUM")
                clear_wal(path, connection, PATIENCE, HistoryBusy)
            return changed
    except sqlite3.OperationalError as error:
        raise HistoryBusy(
            f"{path}: {error}. What was erased may still be in it: run it again."
        ) from error


def _connect(path: Path, persons: Persons) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None
    )
    connection.execute("PRAGMA secure_delete = ON")
    connection.create_function(
        "concerned", 1, lambda value: _without(value, persons) is not value, deterministic=True
    )
    return connection


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE '%WITHOUT ROWID%'"
    )
    return [_quoted(name) for (name,) in rows]


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _erase_table(connection: sqlite3.Connection, table: str, persons: Persons) -> int:
    """Change the rows that hold an id; only names out of the schema are written into SQL."""
    info = connection.execute(f"PRAGMA table_info({table})")
    columns = [_quoted(row[1]) for row in info if row[1] not in DAGSTERS and row[2] not in TIMES]
    concerned = " OR ".join(f"concerned({column})" for column in columns)
    rows = connection.execute(f"SELECT rowid FROM {table} WHERE {concerned}").fetchall()  # noqa: S608
    for begin in range(0, len(rows), ROWS):
        connection.execute("BEGIN IMMEDIATE")
        for (rowid,) in rows[begin : begin + ROWS]:
            _erase_row(connection, table, columns, rowid, persons)
        connection.execute("COMMIT")
    return len(rows)


def _erase_row(
    connection: sqlite3.Connection, table: str, columns: list[str], rowid: int, persons: Persons
) -> None:
    # Read again: it may have changed since it was found.
    values = connection.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE rowid = ?",  # noqa: S608
        (rowid,),
    ).fetchone()
    for column, value in zip(columns, values or (), strict=values is not None):
        changed = _without(value, persons)
        if changed is not value:
            connection.execute(
                f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                (changed, rowid),
            )


def _without(value: Any, persons: Persons) -> Any:
    """A value of a row without ids and examples; the same object where it holds none."""
    if not isinstance(value, str):
        return value  # packed snapshots of jobs, which know of no data
    named = persons.in_text(value.encode(errors="surrogatepass"))
    if not named and TABLE_HEAD not in value:
        return value
    try:
        document = json.loads(value)
    except ValueError:
        return _text_without(value, persons)
    if not isinstance(document, (dict, list)):
        return _text_without(value, persons)
    changed = _told_without(document, persons)
    return value if changed == document else json.dumps(changed)


def _told_without(value: Any, persons: Persons) -> Any:
    """What JSON tells, with other texts; names, numbers and Dagster's own words stay."""
    if isinstance(value, str):
        return _text_without(value, persons)
    if isinstance(value, list):
        return [_told_without(one, persons) for one in value]
    if isinstance(value, dict):
        return {
            name: one if _is_dagsters(name, one) else _told_without(one, persons)
            for name, one in value.items()
        }
    return value


def _is_dagsters(name: str, value: Any) -> bool:
    """Whether a field holds a word of Dagster's own, or the key of an asset."""
    return name in ("__class__", "__enum__") or (name == "path" and isinstance(value, list))


def _text_without(text: str, persons: Persons) -> str:
    if TABLE_HEAD in text:
        text = without_examples(text)
    return persons.masked(text)


def without_examples(table: str) -> str:
    """A table of failures, as checks record it, with empty cells for the examples."""
    head, _, rows = table.partition(f"{TABLE_HEAD}\n")
    lines = rows.split("\n")
    kept = [
        f"| {row['where']}| {row['failures']} |  |"
        for row in map(TABLE_ROW.fullmatch, lines)
        if row
    ]
    return "\n".join([f"{head}{TABLE_HEAD}", *lines[:1], *kept])


def _overwrite(path: Path, persons: Persons) -> int:
    """Put asterisks in place of the ids: whoever writes on into the file is not disturbed."""
    if not path.stat().st_size:
        return 0
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        places = list(persons.places(content))
        for begin, end in places:
            content[begin:end] = b"*" * (end - begin)
        content.flush()
    return len(places)
