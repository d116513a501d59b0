"""A log's file is made, or begun anew where it is damaged: what can be read of it goes on."""

import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from netflix_pipeline.atomic_write import sync
from netflix_pipeline.eventlog.record import Damaged, StoredRecord
from netflix_pipeline.eventlog.sqlite_file import (
    ENDINGS,
    OFFSETS,
    SCHEMA,
    Damage,
    beside,
    connect,
    first_offset,
    insert,
    last_offset,
    log_id,
    remembered,
    stored_behind,
)

log = logging.getLogger(__name__)

SALVAGED_AT_ONCE = 8 * 2**20
DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    # Every statement here fits the schema and the rows that belong there.
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_TOOBIG,
}


def take_up(path: Path) -> None:
    """Make the log, or look whether it can go on; the turn must be held."""
    _put_in_place(path)
    try:
        if path.exists():
            # To look changes nothing: closing would otherwise tidy away what may be damaged.
            with closing(connect(path, "ro")) as connection:
                _check(path, connection)
        elif beside(path, "-wal").exists():
            raise Damage("its main file is gone")
        else:
            # Complete from the moment at which it has its name.
            new_draft(path).rename(path)
            sync(path.parent)
    except sqlite3.Error as error:
        if not is_damage(error, path):
            raise
        begin_anew(path, error)


def _check(path: Path, connection: sqlite3.Connection) -> None:
    name = log_id(connection)
    if connection.execute("PRAGMA journal_mode").fetchone() != (b"wal",):
        raise Damage("it is no write-ahead log any more")
    first_offset(connection)
    last = last_offset(connection)
    if last < (known := remembered(path, name)):
        raise Damage(f"it ends at record {last}, but {known} were written")


def is_damage(error: sqlite3.Error, path: Path) -> bool:
    """Whether the file is damaged, not only out of reach."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code == sqlite3.SQLITE_READONLY:
        # By its own header's word: the file itself can be written.
        return os.access(path, os.W_OK)
    return isinstance(error, Damage) or code & 0xFF in DAMAGE


def new_draft(path: Path) -> Path:
    """An empty log beside the path, with an id of its own, durable."""
    draft = remove_draft(path)
    with closing(connect(draft, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO about VALUES (?)", (secrets.token_hex(6),))
    sync(draft)
    return draft


def remove_draft(path: Path) -> Path:
    """Remove what is left of a draft; returns where one is made."""
    draft = path.with_name(f".{path.name}.draft")
    for ending in ENDINGS:
        beside(draft, ending).unlink(missing_ok=True)
    return draft


def begin_anew(path: Path, error: sqlite3.Error) -> None:
    """Set the damaged file aside; other processes look before each write and follow.

    A process that ends on the way leaves the new file complete, and the next one puts it in place.
    """
    draft = new_draft(path)
    kept = salvage(path, draft) if path.exists() else 0
    sync(draft)
    draft.rename(_next(path))
    sync(path.parent)
    aside = _put_in_place(path)
    log.error(
        "%s could not be read (%s): it is now %s, and %d records of it go on in a new log.",
        path,
        error,
        aside,
        kept,
    )


def _next(path: Path) -> Path:
    return beside(path, ".next")


def _put_in_place(path: Path) -> str:
    """Put a new file that is ready in the place of the damaged one; the name of that."""
    aside = beside(path, f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    if _next(path).exists():
        # Without its main file nobody takes the rest for theirs.
        for ending in ENDINGS:
            with suppress(FileNotFoundError):
                beside(path, ending).rename(beside(aside, ending))
        _next(path).rename(path)
        sync(path.parent)
    return aside.name


def salvage(damaged: Path, path: Path) -> int:
    """Take over the records that can still be read; returns how many."""
    kept = size = 0
    group: list[StoredRecord] = []
    with closing(connect(path)) as target, closing(connect(damaged, "ro")) as source:
        for stored in _readable(source):
            group.append(stored)
            size += len(stored.payload)
            kept += 1
            if size > SALVAGED_AT_ONCE:
                insert(target, group)
                group, size = [], 0
        insert(target, group)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return kept


def _readable(source: sqlite3.Connection) -> Iterator[StoredRecord]:
    """The records of a damaged file: where it cannot be read, the next offset is tried.

    The longer nothing can be read, the longer are the steps; a short gap costs nothing besides.
    """
    after = lost = 0
    while after < OFFSETS:
        try:
            for offset, stored in stored_behind(source, after):
                torn = isinstance(stored.unpack(offset), Damaged)
                # A torn record's offset is believed only where it is the next one.
                if offset <= after or (torn and offset != after + 1):
                    continue
                yield stored
                after, lost = offset, 0
        except sqlite3.Error:
            step = max(1, lost // 64)
            after, lost = after + step, lost + step
        else:
            return
