"""The log in one SQLite file: nothing to install, several processes at once.

Write-ahead logging with `synchronous=FULL`: a commit returns when it is on disk. Writers of all
processes take turns by a lock of the kernel's, which unlike SQLite's own does not poll; offsets are
given within the commit, so a reader who sees one has seen all before it.

SQLite notices some damage only. So a record's checksum covers its offset, offsets have no gaps, and
how far the log had come stands in a file beside it: what is torn or gone is not taken for the end.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from zlib import crc32

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import Busy, PipelineError, StorageFull
from netflix_pipeline.eventlog.erasing import without
from netflix_pipeline.eventlog.group_commit import GroupCommit
from netflix_pipeline.eventlog.log import (
    READ_BYTES,
    Damaged,
    LogUnavailable,
    Record,
    StoredRecord,
    moment,
)
from netflix_pipeline.lake import exclusive
from netflix_pipeline.lake.atomic_write import FULL, sync
from netflix_pipeline.lake.locks import Lock
from netflix_pipeline.persons import Persons

log = logging.getLogger(__name__)

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
WAL_BYTES = 32 * 2**20
"""Size of the write-ahead log from which its pages are moved to the file."""
PATIENT, AGAIN_PATIENT = 5.0, 0.5
"""Seconds that another process may hold the writers' lock, first and as long as it does not end."""
CLEARED_WITHIN = 60.0
"""Seconds within which whoever reads must be done with what is erased."""
TRIMMED_AT_ONCE = 500
"""Records that one transaction removes: writers wait no longer than for these."""
PLACES = "(?, ?, ?, ?, ?)"
INSERTED_AT_ONCE = 64
"""Records that one statement inserts."""
LOOK_AT_WAL_EVERY = 0.5
OFFSETS = 2**50
"""No log comes this far; a higher one is damage, and offset × POSITIONS would not fit."""
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


class _Damage(sqlite3.DatabaseError):
    """Damage that SQLite did not notice."""


class SqliteLog:
    """A log in the file at `path`, which is made when missing.

    A file that can no longer be read is set aside as `<name>.damaged-<time>` by whoever finds it
    so; what can be read of it goes on under a new `id`. Raises StorageFull, LogUnavailable.
    """

    durability = "on disk (SQLite, synchronous=FULL)"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = path.with_name(f"{path.name}.lock")
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                _take_up(path)
        self._closed = False
        self._idle: deque[_Opening] = deque()
        self._writer = _Opening(path)
        self._turns = _Turns(path, self._turn)
        self._commits = GroupCommit(self._write, "event-log")
        self._keeping = _Opening(path)
        self._keeper = Thread("event-log-size", self._keep_wal_small, LOOK_AT_WAL_EVERY)
        self._keeper.start()

    @property
    def id(self) -> str:
        """Which log it is."""
        with self._opened() as opening:
            return opening.id

    @property
    def waiting(self) -> int:
        """Bytes of records that wait to be durable."""
        return self._commits.waiting

    @property
    def problem(self) -> str | None:
        """Why the newest records could not be written; None when they could."""
        return self._commits.problem

    def append(self, received_at: datetime, lines: Sequence[bytes]) -> Future[int]:
        """Write a record; the future gives its offset once it is on disk."""
        return self._commits.add(received_at, lines)

    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        """The records behind an offset, in order, about `most` stored bytes of them."""
        records: list[Record | Damaged] = []
        size = 0
        with self._opened() as opening, closing(opening.connection.cursor()) as rows:
            rows.execute(
                'SELECT "offset", received, events, payload, checksum FROM log '
                'WHERE "offset" > ? ORDER BY "offset"',
                (after,),
            )
            expected = after + 1
            for offset, *columns in rows:
                if offset != expected and (records or offset != _first(opening.connection)):
                    raise _Damage(f"record {expected} is missing")
                expected += 1 if records else offset - after
                stored = _stored(offset, columns)
                records.append(stored.unpack(offset))
                size += len(stored.payload)
                if size >= most:
                    break
        return records

    def last(self) -> int:
        """The offset of the newest record; 0 before the first."""
        with self._opened() as opening:
            return _last(opening.connection)

    def first(self) -> int:
        """The offset of the oldest record that is kept; one behind the last where none is."""
        with self._opened() as opening:
            # In this order: whatever is appended in between lies behind the one told.
            last = _last(opening.connection)
            oldest = _first(opening.connection)
            return last + 1 if oldest is None else oldest

    def received_at(self, offset: int) -> datetime | None:
        """When the record of that offset, or the next one that is kept, came in."""
        with self._opened() as opening:
            row = opening.connection.execute(
                'SELECT received FROM log WHERE "offset" >= ? ORDER BY "offset" LIMIT 1', (offset,)
            ).fetchone()
        return None if row is None else moment(row[0])

    def trim(self, name: str, upto: int) -> int:
        """Remove the records up to an offset; returns how many went."""
        removed = 0
        with self._opened() as opening:
            while True:
                with self._alone():
                    opening.follow()
                    if opening.id != name:
                        return removed
                    gone = _trim(opening.connection, upto)
                removed += gone
                if gone < TRIMMED_AT_ONCE:
                    return removed

    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        Writers wait while the file is written anew, which leaves nothing of what was erased or
        trimmed in it. Files that were set aside as damaged are removed: what could be read of them
        is in this one.
        """
        erased = after = 0
        with self._opened() as opening:
            name = opening.id
            while rows := _some(opening.connection, after):
                edits = {
                    offset: less
                    for offset, stored in rows
                    if (less := without(offset, stored, persons)) is not None
                }
                after = rows[-1][0]
                if not edits:
                    continue
                with self._alone():
                    self._still(opening, name)
                    _replace(opening.connection, {at: less for at, (less, _) in edits.items()})
                erased += sum(count for _, count in edits.values())
            with self._alone():
                self._still(opening, name)
                _write_anew(self._path, opening.connection)
                for path in self._path.parent.glob(f"{self._path.name}.damaged-*"):
                    path.unlink()
        return erased

    def _still(self, opening: _Opening, name: str) -> None:
        """Raise LogUnavailable when the log is no longer that of the id; the turn must be held."""
        opening.follow()
        if opening.id != name:
            raise LogUnavailable(
                f"{self._path} was begun anew while events were erased: run it again, "
                "what was readable goes on in the new one."
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the writers' lock; LogUnavailable when another process does not let go of it."""
        with ExitStack() as held:
            try:
                held.enter_context(exclusive(self._turn, patience=PATIENT))
            except Busy as error:
                raise _unavailable(error) from error
            yield

    def close(self) -> None:
        """Write what waits, then let go of everything."""
        self._commits.close()
        self._keeper.stop()
        self._keeping.close()
        self._closed = True
        self._writer.close()
        self._turns.close()
        while self._idle:
            self._idle.pop().close()

    def _write(self, records: Sequence[StoredRecord]) -> list[int]:
        # Few calls that wait for anything: after each, this thread has to get its turn again from
        # those that serve requests.
        with _told(self._path), self._turns.mine():
            try:
                # Told here already: to close the writer may make room.
                with _told(self._path):
                    self._follow_or_make()
                    offsets = self._insert(records)
            except PipelineError as error:
                # After a failed sync only a new beginning is sure to know what is on disk.
                self._writer.close()
                if isinstance(error.__cause__, sqlite3.Error):
                    self._begin_anew_if_damaged(self._writer, error.__cause__)
                raise
            with suppress(OSError):  # the records are on disk all the same
                self._turns.remember(self._writer.id, offsets[-1])
        return offsets

    def _insert(self, records: Sequence[StoredRecord]) -> list[int]:
        """Insert behind the record that was written here last, if it is the newest still."""
        writer = self._writer
        offsets = None
        if writer.last and len(records) <= INSERTED_AT_ONCE:
            # By itself a transaction: most of its time such a thread waits for its turn.
            offsets = _insert_behind(writer.connection, writer.last, records)
        if offsets is None:
            offsets = _insert(writer.connection, records)
        writer.last = offsets[-1]
        return offsets

    def _follow_or_make(self) -> None:
        try:
            self._writer.follow()
        except FileNotFoundError:
            _take_up(self._path)
            self._writer.follow()

    @contextmanager
    def _opened(self) -> Iterator[_Opening]:
        """The file that stands there now, opened for nobody else; when damaged, begun anew."""
        with _told(self._path):
            try:
                opening = self._idle.pop()
            except IndexError:
                opening = _Opening(self._path)
            try:
                opening.follow()
                yield opening
            except BaseException as error:
                opening.close()
                if isinstance(error, sqlite3.Error):
                    with self._alone():
                        self._begin_anew_if_damaged(opening, error)
                raise
            self._idle.append(opening)
            if self._closed:
                opening.close()

    def _begin_anew_if_damaged(self, opening: _Opening, error: sqlite3.Error) -> None:
        """Unless somebody else did so before; the turn must be held."""
        if _is_damage(error, self._path) and opening.file == _file(self._path):
            _begin_anew(self._path, error)

    def _keep_wal_small(self) -> None:
        """Move pages from the write-ahead log to the file, besides the writers as far as it goes.

        Left to the writers, the one whose commit makes it too long would wait for all of it.
        """
        wal, opening = self._path.with_name(f"{self._path.name}-wal"), self._keeping
        with _told(self._path), suppress(FileNotFoundError):
            if wal.stat().st_size > WAL_BYTES:
                opening.follow()
                opening.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                with self._alone():
                    opening.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


class _Turns:
    """The writers' lock, and the note of how far the log has come, both kept open."""

    def __init__(self, path: Path, lock: Path) -> None:
        self._lock = Lock(lock)
        self._note = os.open(_note(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._late = False
        self._closed = False

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Hold the lock alone; LogUnavailable when another process does not let go of it.

        Who finds it so again waits for a moment only: those who want to write are to hear of it.
        """
        try:
            self._lock.take(patience=AGAIN_PATIENT if self._late else PATIENT)
        except Busy as error:
            self._late = True
            raise _unavailable(error) from error
        self._late = False
        try:
            yield
        finally:
            self._lock.release()

    def remember(self, name: str, last: int) -> None:
        """Note how far the log of that id has come; not forced to disk, it never says too much."""
        os.pwrite(self._note, b"%s %020d\n" % (name.encode(), last), 0)

    def close(self) -> None:
        """Let go of both."""
        if not self._closed:
            self._closed = True
            self._lock.close()
            os.close(self._note)


class _Opening:
    """A connection to the file that stands at a path, also when that is begun anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self.file = 0
        self.id = ""
        self.last = 0

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; it is there from the first `follow` to `close`."""
        assert self._connection is not None
        return self._connection

    def follow(self) -> None:
        """Open the file unless it is still the one that is open."""
        file = self._path.stat().st_ino
        if self._connection is not None and file == self.file:
            return
        self.close()
        self.file, self.last = file, 0
        self._connection = _connect(self._path)
        self.id = _id(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _connect(path: Path, mode: Literal["ro", "rw", "rwc"] = "rw") -> sqlite3.Connection:
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


def _file(path: Path) -> int:
    """Which file stands there; 0 for none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _take_up(path: Path) -> None:
    """Make the log, or look whether it can go on; the turn must be held."""
    _put_in_place(path)
    try:
        if path.exists():
            # To look changes nothing: closing would otherwise tidy away what may be damaged.
            with closing(_connect(path, "ro")) as connection:
                _check(path, connection)
        elif path.with_name(f"{path.name}-wal").exists():
            raise _Damage("its main file is gone")
        else:
            _make(path)
    except sqlite3.Error as error:
        if not _is_damage(error, path):
            raise
        _begin_anew(path, error)


def _check(path: Path, connection: sqlite3.Connection) -> None:
    name = _id(connection)
    if connection.execute("PRAGMA journal_mode").fetchone() != (b"wal",):
        raise _Damage("it is no write-ahead log any more")
    _first(connection)
    last = _last(connection)
    if last < (known := _remembered(path, name)):
        raise _Damage(f"it ends at record {last}, but {known} were written")


def _make(path: Path) -> None:
    """An empty log, complete from the moment at which it has its name."""
    draft = _draft(path)
    draft.rename(path)
    sync(path.parent)


def _draft(path: Path) -> Path:
    draft = path.with_name(f".{path.name}.draft")
    for ending in ENDINGS:
        draft.with_name(draft.name + ending).unlink(missing_ok=True)
    with closing(_connect(draft, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO about VALUES (?)", (secrets.token_hex(6),))
    sync(draft)
    return draft


def _begin_anew(path: Path, error: sqlite3.Error) -> None:
    """Set the damaged file aside; other processes look before each write and follow.

    A process that ends on the way leaves the new file complete, and the next one puts it in place.
    """
    draft = _draft(path)
    kept = _salvage(path, draft) if path.exists() else 0
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
    return path.with_name(f"{path.name}.next")


def _put_in_place(path: Path) -> str:
    """Put a new file that is ready in the place of the damaged one; the name of that."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = f"{path.name}.damaged-{stamp}"
    if _next(path).exists():
        # Without its main file nobody takes the rest for theirs.
        for ending in ENDINGS:
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(path.with_name(aside + ending))
        _next(path).rename(path)
        sync(path.parent)
    return aside


def _remembered(path: Path, name: str) -> int:
    """The offset up to which the log of that id is known to have come."""
    with suppress(OSError, ValueError):
        log_id, last = _note(path).read_text(encoding="ascii").split()
        if log_id == name:
            return int(last)
    return 0


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.last")


def _id(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT id FROM about").fetchone()
    name = row[0] if row else None
    if not isinstance(name, bytes) or not re.fullmatch(rb"[0-9a-f]{12}", name):
        raise _Damage("it has no id")
    return name.decode("ascii")


def _first(connection: sqlite3.Connection) -> int | None:
    row: tuple[int | None] = connection.execute('SELECT min("offset") FROM log').fetchone()
    return row[0]


def _last(connection: sqlite3.Connection) -> int:
    last, highest = connection.execute(
        "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'log'), "
        '(SELECT max("offset") FROM log)'
    ).fetchone()
    if last is None and highest is None:
        return 0
    if not isinstance(last, int) or not (highest or 0) <= last < OFFSETS:
        raise _Damage(f"its last offset is {last!r}, its last record {highest!r}")
    return last


def _insert(connection: sqlite3.Connection, records: Sequence[StoredRecord]) -> list[int]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        last = _last(connection)
        offsets = list(range(last + 1, last + 1 + len(records)))
        for begin in range(0, len(records), INSERTED_AT_ONCE):
            some = records[begin : begin + INSERTED_AT_ONCE]
            places = ", ".join([PLACES] * len(some))
            values = _values(last + begin, some)
            connection.execute(f"INSERT INTO log VALUES {places}", values)  # noqa: S608
        connection.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return offsets


def _insert_behind(
    connection: sqlite3.Connection, last: int, records: Sequence[StoredRecord]
) -> list[int] | None:
    """Insert records as those that follow an offset; None, and nothing, where others do.

    The newest offset that was ever given is asked for: records that followed may be trimmed.
    """
    places = ", ".join([PLACES] * len(records))
    done = connection.execute(
        f"INSERT INTO log SELECT * FROM (VALUES {places}) WHERE ? = "  # noqa: S608
        "(SELECT seq FROM sqlite_sequence WHERE name = 'log')",
        [*_values(last, records), last],
    )
    return list(range(last + 1, last + 1 + len(records))) if done.rowcount else None


def _values(last: int, records: Sequence[StoredRecord]) -> list[object]:
    """The columns of records that follow an offset, one after the other."""
    values: list[object] = []
    for offset, each in enumerate(records, start=last + 1):
        seal = _seal(offset, each.checksum)
        values += (offset, each.received, each.events, each.payload, seal)
    return values


def _trim(connection: sqlite3.Connection, upto: int) -> int:
    """Remove a few of the oldest records; returns how many."""
    first = _first(connection)
    if first is None or first > upto:
        return 0
    last = min(upto, first + TRIMMED_AT_ONCE - 1)
    return connection.execute('DELETE FROM log WHERE "offset" <= ?', (last,)).rowcount


def _some(connection: sqlite3.Connection, after: int) -> list[tuple[int, StoredRecord]]:
    """The records behind an offset, about READ_BYTES of them."""
    some: list[tuple[int, StoredRecord]] = []
    size = 0
    with closing(connection.cursor()) as rows:
        rows.execute(
            'SELECT "offset", received, events, payload, checksum FROM log '
            'WHERE "offset" > ? ORDER BY "offset"',
            (after,),
        )
        for offset, *columns in rows:
            some.append((offset, _stored(offset, columns)))
            size += len(some[-1][1].payload)
            if size >= READ_BYTES:
                break
    return some


def _replace(connection: sqlite3.Connection, records: Mapping[int, StoredRecord]) -> None:
    """Put other records in the place of those at some offsets, where these are still there."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(
            'UPDATE log SET received = ?, events = ?, payload = ?, checksum = ? WHERE "offset" = ?',
            [
                (
                    each.received,
                    each.events,
                    each.payload,
                    _seal(offset, each.checksum),
                    offset,
                )
                for offset, each in records.items()
            ],
        )
        connection.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _write_anew(path: Path, connection: sqlite3.Connection) -> None:
    """Leave nothing in the file and its write-ahead log but what the tables hold."""
    connection.execute("VACUUM")
    until = time.monotonic() + CLEARED_WITHIN
    # Whoever reads what was there before keeps it from being written over.
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > until:
            raise LogUnavailable(
                f"{path}: somebody reads it without end, so what was erased is still in it. "
                "Run it again."
            )
    for ending in ENDINGS:
        draft = path.with_name(f".{path.name}.draft")
        draft.with_name(draft.name + ending).unlink(missing_ok=True)


def _seal(offset: int, checksum: int) -> int:
    """The checksum of a record at its offset; of a sealed one, the record's own again."""
    return checksum ^ crc32(b"%d" % offset)


def _stored(offset: int, columns: Sequence[object]) -> StoredRecord:
    received, events, payload, checksum = columns
    sealed = checksum if isinstance(checksum, int) else -1
    return StoredRecord.found(received, events, payload, _seal(offset, sealed))


def _salvage(damaged: Path, path: Path) -> int:
    """Take over the records that can still be read; returns how many."""
    kept = size = 0
    group: list[StoredRecord] = []
    with closing(_connect(path)) as target, closing(_connect(damaged, "ro")) as source:
        for stored in _readable(source):
            group.append(stored)
            size += len(stored.payload)
            kept += 1
            if size > SALVAGED_AT_ONCE:
                _insert(target, group)
                group, size = [], 0
        if group:
            _insert(target, group)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return kept


def _readable(source: sqlite3.Connection) -> Iterator[StoredRecord]:
    """The records of a damaged file: where it cannot be read, the next offset is tried.

    The longer nothing can be read, the longer are the steps; a short gap costs nothing besides.
    """
    query = (
        'SELECT "offset", received, events, payload, checksum FROM log '
        'WHERE "offset" > ? ORDER BY "offset"'
    )
    after = lost = 0
    while after < OFFSETS:
        try:
            for offset, *columns in source.execute(query, (after,)):
                stored = _stored(offset, columns)
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


def _is_damage(error: sqlite3.Error, path: Path) -> bool:
    if isinstance(error, _Damage):
        return True
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code == sqlite3.SQLITE_READONLY:
        # By its own header's word: the file itself can be written.
        return os.access(path, os.W_OK)
    return code & 0xFF in DAMAGE


def _unavailable(error: Busy) -> LogUnavailable:
    return LogUnavailable(f"{error} Nothing of this was written.")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise what SQLite and the system raise as what a person should read."""
    try:
        yield
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
        size = path.with_name(f"{path.name}-wal").stat().st_size
        with probe.open("wb") as file:
            file.seek(size)
            file.write(bytes(2**16))
    except OSError as error:
        return error.errno in FULL
    finally:
        with suppress(OSError):
            probe.unlink()
    return False
