"""Locks between processes, held by the kernel: they end with the process that holds them.

A process that is stopped, or hangs, keeps its own. So who waits longer than TOLD_AFTER is told who
holds the lock, and who cannot wait gets Busy.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from netflix_pipeline.errors import Busy

log = logging.getLogger(__name__)

TOLD_AFTER = 5.0
"""Seconds after which a wait is told, with who is waited for."""

SOON = (0.0002, 0.0004, 0.0008, 0.0016, 0.0032)
"""Seconds between looks at a lock that is held for a moment: to begin a thread takes longer."""

LONGEST_COMMAND = 100
"""Characters of a process's command that are told."""


class Lock:
    """An open lock file, to be held again and again by one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._waiting: _CancellableWait | None = None

    def at_once(self, mode: int = fcntl.LOCK_EX) -> bool:
        """Take the lock unless another holds it; whether it was taken."""
        try:
            fcntl.flock(self._handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, mode: int = fcntl.LOCK_EX, patience: float | None = None) -> None:
        """Wait for the lock; Busy, which says who holds it, after `patience` seconds."""
        if self._waiting is None and (self.at_once(mode) or self._soon(mode)):
            return
        if self._waiting is None or not self._waiting.again():
            self._waiting = _CancellableWait(self._handle, mode)
        waiting = self._waiting
        if patience is None:
            if not waiting.within(TOLD_AFTER):
                log.warning("waiting for %s: %s", self.path, holders(self.path))
                waiting.within(None)
        elif not waiting.within(patience) and waiting.gives_up():
            raise Busy(f"{self.path}: {holders(self.path)}")
        self._waiting = None

    def _soon(self, mode: int) -> bool:
        for pause in SOON:
            time.sleep(pause)
            if self.at_once(mode):
                return True
        return False

    def release(self) -> None:
        """Let others have it."""
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it and of the file."""
        os.close(self._handle)


class _CancellableWait:
    """A wait that can be given up, which the kernel's cannot: a thread of its own does it.

    When the lock comes to one that was given up, it is let go again.
    """

    def __init__(self, handle: int, mode: int) -> None:
        self._handle = os.dup(handle)
        self._mode = mode
        self._guard = threading.Lock()
        self._wanted = True
        self._ended = False
        self._held = threading.Event()
        threading.Thread(target=self._wait, name="lock", daemon=True).start()

    def _wait(self) -> None:
        fcntl.flock(self._handle, self._mode)
        with self._guard:
            if self._wanted:
                self._held.set()
            else:
                fcntl.flock(self._handle, fcntl.LOCK_UN)
            self._ended = True
        os.close(self._handle)

    def within(self, seconds: float | None) -> bool:
        """Whether the lock is held before so many seconds are over."""
        return self._held.wait(seconds)

    def gives_up(self) -> bool:
        """Give the wait up; False when the lock came just before."""
        with self._guard:
            self._wanted = self._held.is_set()
            return not self._wanted

    def again(self) -> bool:
        """Take up a wait that was given up; False when it has ended."""
        with self._guard:
            self._wanted = not self._ended
            return self._wanted


@contextmanager
def _locked(
    path: Path, mode: int, waiting: Callable[[], None] | None, patience: float | None
) -> Iterator[None]:
    lock = Lock(path)
    try:
        if not lock.at_once(mode):
            if waiting is not None:
                waiting()
            lock.take(mode, patience)
        yield
        lock.release()
    finally:
        lock.close()


def shared(path: Path, waiting: Callable[[], None] | None = None) -> AbstractContextManager[None]:
    """Hold the lock together with other sharers; `waiting` is called once before a wait."""
    return _locked(path, fcntl.LOCK_SH, waiting, None)


def exclusive(
    path: Path, waiting: Callable[[], None] | None = None, patience: float | None = None
) -> AbstractContextManager[None]:
    """Hold the lock alone; `waiting` is called once before a wait.

    Raises Busy, which says who holds it, after `patience` seconds.
    """
    return _locked(path, fcntl.LOCK_EX, waiting, patience)


@contextmanager
def at_once(path: Path) -> Iterator[bool]:
    """Hold the lock alone if nobody holds it; gives whether it is held."""
    lock = Lock(path)
    try:
        yield lock.at_once()
    finally:
        lock.close()


def holders(path: Path) -> str:
    """Who holds a lock, for people, and what to do about it."""
    processes = [_process(pid) for pid in holding(path)]
    names = " and ".join(processes) or "another process"
    return f"held by {names}. Wait for it to end; where it is stopped, let it go on or end it."


def holding(path: Path) -> list[int]:
    """The processes that hold a lock on a file, where the system tells."""
    with suppress(OSError, ValueError):
        inode = str(path.stat().st_ino)
        lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        # number: FLOCK ADVISORY WRITE pid device:device:inode begin end; `->` stands before waits.
        return sorted(
            {
                int(line[4])
                for line in lines
                if line[1] == "FLOCK" and line[5].rpartition(":")[2] == inode
            }
        )
    return []


def _process(pid: int) -> str:
    """A process by its number, command, when it began, and whether it is stopped."""
    name, folder = f"process {pid}", Path(f"/proc/{pid}")
    with suppress(OSError, ValueError, IndexError):
        words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        command = " ".join(words.split())[:LONGEST_COMMAND]
        began = datetime.fromtimestamp(folder.stat().st_ctime, UTC)
        name += f" ({command}, since {began:%Y-%m-%d %H:%M:%S} UTC)"
        if (folder / "stat").read_text().rpartition(")")[2].split()[0] in "tT":
            name += f", which is stopped (kill -CONT {pid} lets it go on)"
    return name
