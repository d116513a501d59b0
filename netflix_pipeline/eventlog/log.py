"""What a log of events is: records in order, each durable before anybody is told that it is there.

Offsets are whole numbers that grow; a log that begins anew has another `id`, so that nobody takes
its records for those of the one before.

Group commit: what waits is written together, and waits no longer than for the write before. One
thread writes. Forcing data to disk costs the same for one record as for hundreds, so whoever comes
while a write is under way shares the next one.
"""

import logging
import threading
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import ClassVar, NamedTuple

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError, Transient
from netflix_pipeline.eventlog.record import Damaged, Record, StoredRecord, moment
from netflix_pipeline.lines import size
from netflix_pipeline.persons import Persons

log = logging.getLogger(__name__)

WAITING_BYTES = 64 * 2**20
"""Bytes that may wait to be written; whoever comes then is told to come again."""
GROUP_BYTES = 16 * 2**20
"""Bytes that are written together."""

TOLD_AFTER = 5.0
"""Seconds that a write may take before it is told that it hangs."""

Write = Callable[[Sequence[StoredRecord]], Sequence[int]]
"""Writes records durably and returns their offsets; what it raises, nothing of them is there."""


class LogUnavailable(Transient):
    """The log cannot be written just now; nothing of the request was kept."""


class LogOverloaded(LogUnavailable):
    """More waits to be written than may wait."""


class _PendingRecord(NamedTuple):
    """A record that waits to be written, and who waits for it."""

    received_at: datetime
    lines: Sequence[bytes]
    size: int
    future: Future[int]
    traceparent: str | None


class GroupCommit:
    """Writes records in the order in which they come, in groups.

    `problem` says why the newest group could not be written; None when it could. `waiting` are the
    bytes of records that wait to be durable.
    """

    def __init__(self, write: Write, name: str, waiting_bytes: int = WAITING_BYTES) -> None:
        self._write = write
        self._most = waiting_bytes
        self._pending: list[_PendingRecord] = []
        self.waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self.problem: str | None = None
        self._thread = Thread(name, self._write_groups, grace=0, patience=TOLD_AFTER)
        self._thread.start()

    def add(
        self, received_at: datetime, lines: Sequence[bytes], traceparent: str | None = None
    ) -> Future[int]:
        """Let a record be written; LogOverloaded when too much waits already."""
        pending = _PendingRecord(received_at, lines, size(lines), Future(), traceparent)
        with self._changed:
            if self._closed:
                raise LogUnavailable("the event log is closed: the service is ending.")
            if self.waiting + pending.size > self._most:
                raise LogOverloaded(
                    "more events come in than can be written: nothing of this request was kept; "
                    "send it again in a moment."
                )
            self.waiting += pending.size
            self._pending.append(pending)
            self._changed.notify()
        return pending.future

    def close(self) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.stop()

    def _write_groups(self) -> None:
        """Write group after group; to the end once it is closed."""
        while True:
            self._thread.task.rests()
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._closed)
                group = self._next_group()
            if not group:
                self._thread.end()
                return
            self._thread.task.works()
            # Whoever gave up waiting is left out; from here on nobody can.
            left = [each for each in group if each.future.set_running_or_notify_cancel()]
            outcome = self._committed(left) if left else []
            # Before they hear of it: who was answered no longer takes the room of others.
            with self._changed:
                self.waiting -= sum(each.size for each in group)
            for place, each in enumerate(left):
                if isinstance(outcome, BaseException):
                    each.future.set_exception(outcome)
                else:
                    each.future.set_result(outcome[place])

    def _next_group(self) -> list[_PendingRecord]:
        size = count = 0
        while count < len(self._pending) and size < GROUP_BYTES:
            size += self._pending[count].size
            count += 1
        group, self._pending = self._pending[:count], self._pending[count:]
        return group

    def _committed(self, group: list[_PendingRecord]) -> Sequence[int] | BaseException:
        """The offsets of a group that was written, or why it was not."""
        try:
            # Packed here: it lets other threads go on, as whoever brought the record would not.
            offsets = self._write(
                [
                    StoredRecord.pack(each.received_at, each.lines, each.traceparent)
                    for each in group
                ]
            )
        except BaseException as error:  # noqa: BLE001 (whoever waits must hear of it)
            raised = error
            if not isinstance(error, PipelineError):
                raised = LogUnavailable(
                    f"the event log could not be written ({error}): nothing of this request was "
                    "kept; send it again."
                )
                raised.__cause__ = error
            self.problem = str(raised)
            log.error("%s", raised)  # noqa: TRY400 (the request's answer and this line tell it all)
            return raised
        self.problem = None
        return offsets


READ_BYTES = 8 * 2**20
"""Bytes of records, as stored, that one read gives at most (but always a whole record)."""

FINE = 500
"""Of so many records back, each is looked at; of more, one in as many parts."""


class EventLog(ABC):
    """A durable log. Every method may be called from any thread."""

    durability: ClassVar[str]
    """What a record has survived once it is told to be there, in words."""

    def __init__(self) -> None:
        self._commits = GroupCommit(self._write, "event-log")

    @property
    @abstractmethod
    def id(self) -> str:
        """Which log it is: 12 hexadecimal digits, another one for each that began anew."""

    @property
    def waiting(self) -> int:
        """Bytes of records that wait to be durable."""
        return self._commits.waiting

    @property
    def problem(self) -> str | None:
        """Why the newest records could not be written; None when they could."""
        return self._commits.problem

    def append(
        self, received_at: datetime, lines: Sequence[bytes], traceparent: str | None = None
    ) -> Future[int]:
        """Write a record; the future gives its offset once it is durable.

        `traceparent` is kept with it: the context of the request's trace, of version 00 (W3C).
        LogOverloaded at once when too much waits. The future raises LogUnavailable when it could
        not be written: then nothing of it is claimed to be there.
        """
        return self._commits.add(received_at, lines, traceparent)

    @abstractmethod
    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        """The records behind an offset, in order, about `most` stored bytes of them."""

    @abstractmethod
    def last(self) -> int:
        """The offset of the newest record that is durable; 0 before the first."""

    def first(self) -> int:
        """The offset of the oldest record that is kept; one behind the last where none is."""
        # In this order: whatever is appended in between lies behind the one told.
        last = self.last()
        oldest = self._next(0)
        return last + 1 if oldest is None else oldest[0]

    def received_at(self, offset: int) -> datetime | None:
        """When the record of that offset, or the next that is kept, came in; None behind all."""
        kept = self._next(offset)
        return None if kept is None else moment(kept[1])

    def trim(self, name: str, upto: int) -> int:
        """Remove the records up to an offset; returns how many went.

        Nothing is removed from another log than that of the id `name`.
        """
        removed = 0
        while gone := self._trim_some(name, upto):
            removed += gone
        return removed

    @abstractmethod
    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        Offsets and positions of all others stay. When it returns, no byte of theirs is left on
        disk, nor of what was trimmed before. Cut off on the way, the same call finishes.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what waits, then let go of everything."""

    @abstractmethod
    def _write(self, records: Sequence[StoredRecord]) -> Sequence[int]:
        """Write records durably; returns their offsets."""

    @abstractmethod
    def _next(self, offset: int) -> tuple[int, object] | None:
        """The record at an offset, or the next that is kept: its own, and when it came in."""

    @abstractmethod
    def _trim_some(self, name: str, upto: int) -> int:
        """Remove a few of the oldest records up to an offset; returns how many."""


def since(log: EventLog, instant: datetime, now: datetime) -> int:
    """The offset behind which the records lie that came in at that time or later.

    Where the clock was set, receipts are not in order: some that came before may follow, and times
    behind `now` say nothing. A stretch of receipts that are too old is looked past, unless those
    before it are less than one in `FINE` of what follows them.
    """
    first = log.first() - 1
    earliest, back = _earliest(log, first, log.last(), instant), 1
    while earliest - back >= first:
        came = log.received_at(earliest - back + 1)
        if came is not None and instant <= came <= now:
            earliest, back = _earliest(log, first, earliest - back, instant), 1
        else:
            back += max(1, back // FINE)
    return earliest


def _earliest(log: EventLog, low: int, high: int, instant: datetime) -> int:
    """The offset behind which they lie, if receipts are in order between these two."""

    def is_behind(offset: int) -> bool:
        came = log.received_at(offset + 1)
        return came is None or came >= instant

    return low + bisect_left(range(low, high), True, key=is_behind)
