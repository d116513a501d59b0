"""Group commit: what waits is written together, and waits no longer than for the write before.

One thread writes. Forcing data to disk costs the same for one record as for hundreds, so whoever
comes while a write is under way shares the next one.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import NamedTuple

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import PipelineError, Transient
from netflix_pipeline.eventlog.record import StoredRecord

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


class GroupCommit:
    """Writes records in the order in which they come, in groups.

    `problem` says why the newest group could not be written; None when it could.
    """

    def __init__(self, write: Write, name: str, waiting_bytes: int = WAITING_BYTES) -> None:
        self._write = write
        self._most = waiting_bytes
        self._waiting: list[_PendingRecord] = []
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self.problem: str | None = None
        self._thread = Thread(name, self._write_groups, grace=0, patience=TOLD_AFTER)
        self._thread.start()

    def add(self, received_at: datetime, lines: Sequence[bytes]) -> Future[int]:
        """Let a record be written; LogOverloaded when too much waits already."""
        waiting = _PendingRecord(received_at, lines, sum(map(len, lines)), Future())
        with self._changed:
            if self._closed:
                raise LogUnavailable("the event log is closed: the service is ending.")
            if self._bytes + waiting.size > self._most:
                raise LogOverloaded(
                    "more events come in than can be written: nothing of this request was kept; "
                    "send it again in a moment."
                )
            self._bytes += waiting.size
            self._waiting.append(waiting)
            self._changed.notify()
        return waiting.future

    @property
    def waiting(self) -> int:
        """Bytes of records that wait to be durable."""
        return self._bytes

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
                self._changed.wait_for(lambda: self._waiting or self._closed)
                group = self._next_group()
            if not group:
                self._thread.end()
                return
            self._thread.task.works()
            try:
                self._commit(group)
            finally:
                with self._changed:
                    self._bytes -= sum(each.size for each in group)

    def _next_group(self) -> list[_PendingRecord]:
        size = count = 0
        while count < len(self._waiting) and size < GROUP_BYTES:
            size += self._waiting[count].size
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    def _commit(self, group: list[_PendingRecord]) -> None:
        # Whoever gave up waiting is left out; from here on nobody can.
        group = [each for each in group if each.future.set_running_or_notify_cancel()]
        if not group:
            return
        try:
            # Packed here: it lets other threads go on, as whoever brought the record would not.
            offsets = self._write(
                [StoredRecord.pack(each.received_at, each.lines) for each in group]
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
            for each in group:
                each.future.set_exception(raised)
        else:
            self.problem = None
            for each, offset in zip(group, offsets, strict=True):
                each.future.set_result(offset)
