"""Lock of those who write to a log's file, and the note of how far it has come.

Writers of all processes take turns by a lock of the kernel's, which unlike SQLite's own does not
poll. How far the log had come stands in a file beside it, so that a cut is not taken for its end.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from netflix_pipeline.errors import Busy
from netflix_pipeline.eventlog.sqlite_file import beside
from netflix_pipeline.lake.locks import Lock, exclusive

PATIENT, AGAIN_PATIENT = 5.0, 0.5
"""Seconds that another process may hold the writers' lock, first and as long as it does not end."""


class WriterLock:
    """The writers' lock, and the note of how far the log has come, both kept open."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock(_turn(path))
        self._note = os.open(_note(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
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

    def close(self) -> None:
        """Let go of both."""
        self._lock.close()
        os.close(self._note)


def alone(path: Path) -> AbstractContextManager[None]:
    """Hold the writers' lock of the log at a path, beside `WriterLock`; Busy as there."""
    return exclusive(_turn(path), patience=PATIENT)


def _turn(path: Path) -> Path:
    return beside(path, ".lock")


def remembered(path: Path, name: str) -> int:
    """The offset up to which the log of that id is known to have come."""
    with suppress(OSError, ValueError):
        log_id, last = _note(path).read_text(encoding="ascii").split()
        if log_id == name:
            return int(last)
    return 0


def _note(path: Path) -> Path:
    return beside(path, ".last")
