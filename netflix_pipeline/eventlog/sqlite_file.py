"""The file of a log in SQLite: its connections, and what is written to and read from it.

SQLite notices some damage only. So a record's checksum covers its offset, and offsets have no gaps:
what is torn or gone is not taken for the end.

Writers of all processes take turns by a lock of the kernel's, which unlike SQLite's own does not
poll. How far the log had come stands in a file beside it, so that a cut is not taken for its end.
"""

import os
import re
import sqlite3
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from zlib import crc32

from netflix_pipeline.atomic_write import FULL
from netflix_pipeline.errors import Busy, StorageFull, Transient
from netflix_pipeline.eventlog.log import LogUnavailable
from netflix_pipeline.eventlog.record import StoredRecord
from netflix_pipeline.lake import Lock, exclusive

SCHEMA = """
CREATE TABLE log (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL,
    events INTEGER NOT NULL,
    payload BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE about (id TEXT NOT NULL);
"""
ENDINGS = ("", "-wal", "-shm")
TRIMMED_AT_ONCE = 500
"""Records that one transaction removes: writers wait no longer than for these."""
PLACES = "(?, ?, ?, ?, ?)"
INSERTED_AT_ONCE = 64
"""Records that one statement inserts."""
OFFSETS = 2**50
"""No log comes this far; a higher one is damage, and offset × POSITIONS would not fit."""
CLEARED_WITHIN = 60.0
"""Seconds within which whoever reads must be done with what is erased."""


class Damage(sqlite3.DatabaseError):
    """Damage that SQLite did not notice."""


class LogFile:
    """A connection to the file that stands at a path, also when that is begun anew.

    `inode` tells which file it was last, `id` which log; `last` is left to who writes.
    """

    connection: sqlite3.Connection
    id: str

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = False
        self.inode = 0
        self.last = 0

    def follow(self) -> None:
        """Open the file unless it is still the one that is open."""
        inode = self._path.stat().st_ino
        if self._open and inode == self.inode:
            return
        self.close()
        self.inode, self.last = inode, 0
        self.connection, self._open = connect(self._path), True
        self.id = log_id(self.connection)

    def close(self) -> None:
        """Let go of the file."""
        if self._open:
            self._open = False
            with suppress(sqlite3.Error):
                self.connection.close()


def connect(path: Path, mode: Literal["ro", "rw", "rwc"] = "rw") -> sqlite3.Connection:
    """A connection for any thread, of which a commit returns when it is on disk."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=20,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=INSERTED_AT_ONCE + 16,
    )
    connection.text_factory = bytes
    if mode != "ro":
        try:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA wal_autocheckpoint=0")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def beside(path: Path, ending: str) -> Path:
    """The file that belongs to the one at a path."""
    return path.with_name(path.name + ending)


def log_id(connection: sqlite3.Connection) -> str:
    """Which log it is. Raises Damage."""
    row = connection.execute("SELECT id FROM about").fetchone()
    name = row[0] if row else None
    if not isinstance(name, bytes) or not re.fullmatch(rb"[0-9a-f]{12}", name):
        raise Damage("it has no id")
    return name.decode("ascii")


def first_offset(connection: sqlite3.Connection) -> int | None:
    """The offset of the oldest record; None where none is kept."""
    row: tuple[int | None] = connection.execute('SELECT min("offset") FROM log').fetchone()
    return row[0]


def last_offset(connection: sqlite3.Connection) -> int:
    """The newest offset that was ever given; 0 before the first. Raises Damage."""
    last, highest = connection.execute(
        "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'log'), "
        '(SELECT max("offset") FROM log)'
    ).fetchone()
    if last is None and highest is None:
        return 0
    if not isinstance(last, int) or not (highest or 0) <= last < OFFSETS:
        raise Damage(f"its last offset is {last!r}, its last record {highest!r}")
    return last


def stored_behind(
    connection: sqlite3.Connection, after: int
) -> Generator[tuple[int, StoredRecord], None, None]:
    """The records behind an offset, in order."""
    with closing(connection.cursor()) as rows:
        rows.execute(
            'SELECT "offset", received, events, payload, checksum FROM log '
            'WHERE "offset" > ? ORDER BY "offset"',
            (after,),
        )
        for offset, received, events, payload, checksum in rows:
            sealed = checksum if isinstance(checksum, int) else -1
            yield offset, StoredRecord.found(received, events, payload, _seal(offset, sealed))


def some_behind(
    connection: sqlite3.Connection, after: int, most: int
) -> list[tuple[int, StoredRecord]]:
    """The same, about `most` stored bytes of them."""
    some: list[tuple[int, StoredRecord]] = []
    size = 0
    with closing(stored_behind(connection, after)) as rows:
        for row in rows:
            some.append(row)
            size += len(row[1].payload)
            if size >= most:
                break
    return some


def insert(connection: sqlite3.Connection, records: Sequence[StoredRecord]) -> list[int]:
    """Insert records behind all others, in one transaction; returns their offsets."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        last = last_offset(connection)
        for begin in range(0, len(records), INSERTED_AT_ONCE):
            places, values = _rows(last + begin, records[begin : begin + INSERTED_AT_ONCE])
            connection.execute(f"INSERT INTO log VALUES {places}", values)  # noqa: S608
    return list(range(last + 1, last + 1 + len(records)))


def insert_behind(
    connection: sqlite3.Connection, last: int, records: Sequence[StoredRecord]
) -> list[int] | None:
    """Insert records as those that follow an offset; None, and nothing, where others do.

    The newest offset that was ever given is asked for: records that followed may be trimmed.
    """
    places, values = _rows(last, records)
    done = connection.execute(
        f"INSERT INTO log SELECT * FROM (VALUES {places}) WHERE ? = "  # noqa: S608
        "(SELECT seq FROM sqlite_sequence WHERE name = 'log')",
        [*values, last],
    )
    return list(range(last + 1, last + 1 + len(records))) if done.rowcount else None


def replace_records(connection: sqlite3.Connection, records: Mapping[int, StoredRecord]) -> None:
    """Put other records in the place of those at some offsets, where these are still there."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            'UPDATE log SET received = ?, events = ?, payload = ?, checksum = ? WHERE "offset" = ?',
            [(*_columns(offset, each), offset) for offset, each in records.items()],
        )


def remove_oldest(connection: sqlite3.Connection, upto: int) -> int:
    """Remove a few of the oldest records up to an offset; returns how many."""
    first = first_offset(connection)
    if first is None or first > upto:
        return 0
    last = min(upto, first + TRIMMED_AT_ONCE - 1)
    return connection.execute('DELETE FROM log WHERE "offset" <= ?', (last,)).rowcount


def write_anew(path: Path, connection: sqlite3.Connection) -> None:
    """Leave nothing in the file and its write-ahead log but what the tables hold."""
    connection.execute("VACUUM")
    clear_wal(path, connection, CLEARED_WITHIN, LogUnavailable)


def clear_wal(
    path: Path, connection: sqlite3.Connection, patience: float, busy: type[Transient]
) -> None:
    """Leave nothing in the write-ahead log of any database; `busy` when somebody reads on."""
    until = time.monotonic() + patience
    # Whoever reads what was there before keeps it from being written over.
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > until:
            raise busy(
                f"{path}: somebody reads it without end, so what was erased is still in it. "
                "Run it again."
            )


def _rows(last: int, records: Sequence[StoredRecord]) -> tuple[str, list[object]]:
    """The places and values of records that follow an offset, one after the other."""
    values: list[object] = []
    for offset, each in enumerate(records, start=last + 1):
        values += (offset, *_columns(offset, each))
    return ", ".join([PLACES] * len(records)), values


def _columns(offset: int, stored: StoredRecord) -> tuple[int, int, bytes, int]:
    return stored.received, stored.events, stored.payload, _seal(offset, stored.checksum)


def _seal(offset: int, checksum: int) -> int:
    """The checksum of a record at its offset; of a sealed one, the record's own again."""
    return checksum ^ crc32(b"%d" % offset)


@contextmanager
def errors_told(path: Path) -> Iterator[None]:
    """Raise what SQLite, the system and locks raise as what a person should read."""
    try:
        yield
    except Busy as error:
        raise LogUnavailable(f"{error} Nothing of this was written.") from error
    except (sqlite3.Error, OSError) as error:
        if _is_full(error, path):
            raise StorageFull(
                f"the disk of {path.parent} is full: nothing of this was written. Free space; "
                "the service then goes on by itself."
            ) from error
        raise LogUnavailable(f"{path}: {error}. Nothing of this was written.") from error


def _is_full(error: sqlite3.Error | OSError, path: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _takes_no_more(path))


def _takes_no_more(path: Path) -> bool:
    """Whether no file as large as the log can be written: SQLite tells a quota as a broken disk."""
    probe = path.with_name(f".{path.name}.probe")
    try:
        size = beside(path, "-wal").stat().st_size
        with probe.open("wb") as file:
            file.seek(size)
            file.write(bytes(2**16))
    except OSError as error:
        return error.errno in FULL
    finally:
        with suppress(OSError):
            probe.unlink()
    return False


TURN, NOTE = ".lock", ".last"
"""The endings of the writers' lock, and of the note of how far the log has come."""
NOTE_BYTES = 64
"""More than the note has."""

PATIENT, AGAIN_PATIENT = 5.0, 0.5
"""Seconds that another process may hold the writers' lock, first and as long as it does not end."""


class WriterLock:
    """The writers' lock, and the note of how far the log has come, both kept open."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock(beside(path, TURN))
        self._note = os.open(beside(path, NOTE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._late = False

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Hold the lock alone; Busy when another process does not let go of it.

        Who finds it so again waits for a moment only: those who want to write are to hear of it.
        """
        try:
            self._lock.take(patience=AGAIN_PATIENT if self._late else PATIENT)
        except Busy:
            self._late = True
            raise
        self._late = False
        try:
            yield
        finally:
            self._lock.release()

    def remember(self, name: str, last: int) -> None:
        """Note how far the log of that id has come; not forced to disk, it never says too much."""
        os.pwrite(self._note, b"%s %020d\n" % (name.encode(), last), 0)

    def remembered(self, name: str) -> int:
        """The offset up to which the log of that id is known to have come."""
        return _noted(os.pread(self._note, NOTE_BYTES, 0), name)

    def close(self) -> None:
        """Let go of both."""
        self._lock.close()
        os.close(self._note)


def alone(path: Path) -> AbstractContextManager[None]:
    """Hold the writers' lock of the log at a path, beside `WriterLock`; Busy as there."""
    return exclusive(beside(path, TURN), patience=PATIENT)


def remembered(path: Path, name: str) -> int:
    """The offset up to which the log of that id is known to have come."""
    with suppress(OSError):
        return _noted(beside(path, NOTE).read_bytes(), name)
    return 0


def _noted(note: bytes, name: str) -> int:
    with suppress(ValueError):
        log_id, last = note.decode("ascii").split()
        if log_id == name:
            return int(last)
    return 0
