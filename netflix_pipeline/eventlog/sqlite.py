"""The log in one SQLite file: nothing to install, several processes at once.

Write-ahead logging with `synchronous=FULL`: a commit returns when it is on disk. Writers of all
processes take turns (`sqlite_lock`); offsets are given within the commit, so a reader who sees one
has seen all before it. A file that is damaged is begun anew (`sqlite_salvage`).
"""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from typing_extensions import override

from netflix_pipeline.atomic_write import inode
from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog.log import READ_BYTES, EventLog, LogUnavailable
from netflix_pipeline.eventlog.record import Damaged, Record, StoredRecord, without
from netflix_pipeline.eventlog.sqlite_file import (
    INSERTED_AT_ONCE,
    Damage,
    LogFile,
    WriterLock,
    alone,
    beside,
    errors_told,
    first_offset,
    insert,
    insert_behind,
    last_offset,
    remove_oldest,
    replace_records,
    some_behind,
    write_anew,
)
from netflix_pipeline.eventlog.sqlite_salvage import begin_anew, is_damage, remove_draft, take_up
from netflix_pipeline.persons import Persons

WAL_BYTES = 32 * 2**20
"""Size of the write-ahead log from which its pages are moved to the file."""
LOOK_AT_WAL_EVERY = 0.5


class SqliteLog(EventLog):
    """A log in the file at `path`, which is made when missing.

    A file that can no longer be read is set aside as `<name>.damaged-<time>` by whoever finds it
    so; what can be read of it goes on under a new `id`. Raises StorageFull, LogUnavailable.
    """

    durability = "on disk (SQLite, synchronous=FULL)"

    def __init__(self, path: Path) -> None:
        self._path = path
        with errors_told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with alone(path):
                take_up(path)
        self._closed = False
        self._idle: deque[LogFile] = deque()
        self._writer, self._keeping = LogFile(path), LogFile(path)
        self._lock = WriterLock(path)
        self._alone = True
        super().__init__()
        self._keeper = Thread("event-log-size", self._keep_wal_small, LOOK_AT_WAL_EVERY)
        self._keeper.start()

    @property
    @override
    def id(self) -> str:
        with self._opened() as file:
            return file.id

    @override
    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        with self._opened() as file:
            rows = some_behind(file.connection, after, most)
            expected = after + 1
            for place, (offset, _) in enumerate(rows):
                # Only before the oldest one records may be gone.
                if offset != expected and (place or offset != first_offset(file.connection)):
                    raise Damage(f"record {expected} is missing")
                expected = offset + 1
        return [stored.unpack(offset) for offset, stored in rows]

    @override
    def last(self) -> int:
        with self._opened() as file:
            return last_offset(file.connection)

    @override
    def _next(self, offset: int) -> tuple[int, object] | None:
        with self._opened() as file:
            row: tuple[int, object] | None = file.connection.execute(
                'SELECT "offset", received FROM log WHERE "offset" >= ? ORDER BY "offset" LIMIT 1',
                (offset,),
            ).fetchone()
        return row

    @override
    def _trim_some(self, name: str, upto: int) -> int:
        with self._opened() as file, alone(self._path):
            file.follow()
            return remove_oldest(file.connection, upto) if file.id == name else 0

    @override
    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        Writers wait while the file is written anew, which leaves nothing of what was erased or
        trimmed in it. Files that were set aside as damaged are removed: what could be read of them
        is in this one.
        """
        erased = after = 0
        with self._opened() as file:
            name = file.id
            while rows := some_behind(file.connection, after, READ_BYTES):
                after = rows[-1][0]
                changed, events = without(rows, persons)
                if changed:
                    with alone(self._path):
                        self._still(file, name)
                        replace_records(file.connection, changed)
                erased += events
            with alone(self._path):
                self._still(file, name)
                write_anew(self._path, file.connection)
                remove_draft(self._path)
                for aside in self._path.parent.glob(f"{self._path.name}.damaged-*"):
                    aside.unlink()
        return erased

    def _still(self, file: LogFile, name: str) -> None:
        """Raise LogUnavailable when the log is no longer that of the id; the turn must be held."""
        file.follow()
        if file.id != name:
            raise LogUnavailable(
                f"{self._path} was begun anew while events were erased: run it again, "
                "what was readable goes on in the new one."
            )

    @override
    def close(self) -> None:
        self._commits.close()
        self._keeper.stop()
        self._keeping.close()
        self._writer.close()
        if not self._closed:
            self._lock.close()
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    @override
    def _write(self, records: Sequence[StoredRecord]) -> list[int]:
        # Few calls that wait for anything: after each, this thread has to get its turn again from
        # those that serve requests.
        with errors_told(self._path), self._lock.mine():
            try:
                # Told here already: to close the writer may make room.
                with errors_told(self._path):
                    self._follow_or_make()
                    offsets = self._insert(records)
            except PipelineError as error:
                # After a failed sync only a new beginning is sure to know what is on disk.
                self._writer.close()
                self._begin_anew_if_damaged(self._writer, error.__cause__)
                raise
            with suppress(OSError):  # the records are on disk all the same
                self._lock.remember(self._writer.id, offsets[-1])
        return offsets

    def _insert(self, records: Sequence[StoredRecord]) -> list[int]:
        """Insert behind the record that was written last, as far as it is known, if it is so."""
        writer = self._writer
        # By itself a transaction: most of its time such a thread waits for its turn.
        quick = writer.last and len(records) <= INSERTED_AT_ONCE
        if quick and not self._alone:
            writer.last = max(writer.last, self._lock.remembered(writer.id))
        offsets = insert_behind(writer.connection, writer.last, records) if quick else None
        if offsets is None:
            self._alone = self._alone and not quick  # another process writes, too
            offsets = insert(writer.connection, records)
        writer.last = offsets[-1]
        return offsets

    def _follow_or_make(self) -> None:
        try:
            self._writer.follow()
        except FileNotFoundError:
            take_up(self._path)
            self._writer.follow()

    @contextmanager
    def _opened(self) -> Iterator[LogFile]:
        """The file that stands there now, opened for nobody else; when damaged, begun anew."""
        with errors_told(self._path):
            try:
                file = self._idle.pop()
            except IndexError:
                file = LogFile(self._path)
            try:
                file.follow()
                yield file
            except BaseException as error:
                file.close()
                if isinstance(error, sqlite3.Error):
                    with alone(self._path):
                        self._begin_anew_if_damaged(file, error)
                raise
            self._idle.append(file)
            if self._closed:
                file.close()

    def _begin_anew_if_damaged(self, file: LogFile, error: BaseException | None) -> None:
        """Unless somebody else did so before; the turn must be held."""
        if (
            isinstance(error, sqlite3.Error)
            and is_damage(error, self._path)
            and file.inode == inode(self._path)
        ):
            begin_anew(self._path, error)

    def _keep_wal_small(self) -> None:
        """Move pages from the write-ahead log to the file, besides the writers as far as it goes.

        Left to the writers, the one whose commit makes it too long would wait for all of it.
        """
        with errors_told(self._path), suppress(FileNotFoundError):
            if beside(self._path, "-wal").stat().st_size > WAL_BYTES:
                self._keeping.follow()
                checkpoint = self._keeping.connection.execute
                checkpoint("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                with alone(self._path):
                    checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
