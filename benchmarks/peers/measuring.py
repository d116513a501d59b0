"""What a program takes, with all processes below it."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY = 0.05
"""Seconds between two looks at the processes."""
FAMILY = 5
"""Looks of which one looks for new ones: for that all of the machine are looked through."""
PATIENCE = 30.0
"""Seconds in which those below a program end after it."""


@dataclass(frozen=True)
class Taken:
    """Wall and CPU seconds, and the most memory at one moment in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float

    def then(self, other: "Taken") -> "Taken":
        """Both, one after the other."""
        return Taken(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_mb, other.peak_mb),
        )


class Tree:
    """A process and all that it starts: what they have in memory, and used of the processors."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._used: dict[psutil.Process, float] = {self._root: 0.0}
        self._looks = 0
        self.peak = 0

    @property
    def cpu_seconds(self) -> float:
        """What all used until they were last seen."""
        return sum(self._used.values())

    def look(self) -> None:
        """Note what they have and used."""
        if self._looks % FAMILY == 0:
            with suppress(psutil.NoSuchProcess):
                for process in self._root.children(recursive=True):
                    self._used.setdefault(process, 0.0)
        self._looks += 1
        held = 0
        for process in self._used:
            with suppress(psutil.NoSuchProcess), process.oneshot():
                used = process.cpu_times()
                self._used[process] = used.user + used.system
                held += process.memory_info().rss
        self.peak = max(self.peak, held)

    def wait(self) -> None:
        """Wait until all have ended, noting what they use: some outlive who started them."""
        ends = time.monotonic() + PATIENCE
        while any(map(_runs, self._used)) and time.monotonic() < ends:
            self.look()
            time.sleep(EVERY)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def taken(words: Sequence[str], environment: Mapping[str, str], folder: Path) -> Taken:
    """Run a program in a folder.

    Memory is what its processes hold at one moment, added up: what they share counts several times.
    Raises RuntimeError with what it told of errors where it fails.
    """
    begun = time.perf_counter()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as running,
    ):
        tree, ended = Tree(running.pid), threading.Event()

        def watch() -> None:
            tree.look()
            while not ended.wait(EVERY):
                tree.look()

        watching = threading.Thread(target=watch)
        watching.start()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        ended.set()
        watching.join()
        tree.wait()
        if running.returncode:
            errors.seek(0)
            told = errors.read().decode(errors="replace")[-4000:]
            # Kept figures tell what ran, and nothing of the machine's folders.
            names = " ".join(Path(word).name if word.startswith("/") else word for word in words)
            raise RuntimeError(f"{names} ended with {running.returncode}: {told}")
    # What the kernel counted is exact, but knows only those that their parents waited for.
    used = max(usage.ru_utime + usage.ru_stime, tree.cpu_seconds)
    return Taken(seconds, used, tree.peak / 1e6)
