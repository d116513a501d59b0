"""Holds processes to a share of a core, by cgroups of version 1 or 2, whichever can be written."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PERIOD = 100_000
"""Microseconds of which a process may use its share, the kernel's own default."""
MOUNTS, PLACES = Path("/proc/self/mounts"), Path("/proc/self/cgroup")
PATIENCE = 10.0
"""Seconds that the kernel may take to forget processes that ended."""
HOW = (
    "No cgroup with the controller cpu can be made here, so that no worker can be held to a share "
    "of a core. Run it as root; in a container, with /sys/fs/cgroup writable (docker run "
    "--privileged); or name a group of version 2 that is yours, holds no process and has cpu in "
    "its cgroup.controllers: --cgroup /sys/fs/cgroup/…. On a machine with a core for each worker "
    "and for the engines, --share 0 holds them to nothing."
)


class NoShares(RuntimeError):
    """No cgroup can be made."""


@dataclass(frozen=True)
class Hierarchy:
    """Where cgroups can be made that bound CPU time, and by which version's files."""

    folder: Path
    version: int

    def make(self, name: str) -> Path:
        """A group whose own groups can be bounded. Raises OSError."""
        group = self.folder / name
        group.mkdir()
        if self.version == 2:
            for each in (self.folder, group):
                control = each / "cgroup.subtree_control"
                if "cpu" not in control.read_text().split():
                    control.write_text("+cpu")
        return group

    def bound(self, group: Path, percent: float | None) -> None:
        """Let the processes of a group have so much of a core together; None: all they want.

        Raises OSError.
        """
        quota = None if percent is None else round(PERIOD * percent / 100)
        if self.version == 2:
            (group / "cpu.max").write_text(f"{quota or 'max'} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota or -1))


def hierarchies(mounts: str, places: str) -> Iterator[Hierarchy]:
    """Those of a machine: its mounts, and where a process is in each, as /proc tells them.

    In version 2 a group that holds processes bounds no others: the root may, the process's own
    group may not.
    """
    own = {
        frozenset(controllers.split(",")): place.strip("/")
        for _, controllers, place in (line.split(":", 2) for line in places.splitlines())
    }
    for line in mounts.splitlines():
        _, folder, kind, options, *_ = line.split(" ")
        if kind == "cgroup" and "cpu" in options.split(","):
            inside = [place for controllers, place in own.items() if "cpu" in controllers]
            for place in dict.fromkeys((*inside, "")):
                yield Hierarchy(Path(folder, place), 1)
        elif kind == "cgroup2":
            yield Hierarchy(Path(folder), 2)


@dataclass
class Shares:
    """Groups of one process each, below a group of their own."""

    hierarchy: Hierarchy
    group: Path
    percent: float
    _held: list[Path] = field(default_factory=list)

    def hold(self, pid: int) -> None:
        """Hold a process, with all its threads, to its share from now on. Raises OSError."""
        group = self.group / str(pid)
        group.mkdir()
        self._held.append(group)
        self.hierarchy.bound(group, self.percent)
        (group / "cgroup.procs").write_text(str(pid))

    def let_go(self) -> None:
        """Let all of them have what they want again."""
        for group in self._held:
            self.hierarchy.bound(group, None)

    def forget(self) -> None:
        """Remove the groups of processes that have ended. Raises OSError where one has not."""
        while self._held:
            _remove(self._held.pop())


@contextmanager
def shares(percent: float, folder: Path | None = None) -> Iterator[Shares]:
    """Shares of so much of a core, in the group that is named or the first that can be written.

    Raises NoShares, which says what to do.
    """
    tried = []
    for hierarchy in [Hierarchy(folder, 2)] if folder else _of_this_machine():
        name = f"netflix-bench-{os.getpid()}"
        try:
            made = Shares(hierarchy, hierarchy.make(name), percent)
            _try(made)
        except OSError as error:
            tried.append(f"{hierarchy.folder}: {error}")
            with suppress(OSError):
                (hierarchy.folder / name).rmdir()
            continue
        try:
            yield made
        finally:
            made.forget()
            _remove(made.group)
        return
    raise NoShares("\n".join((HOW, *tried)))


def _of_this_machine() -> Iterator[Hierarchy]:
    if MOUNTS.exists():
        yield from hierarchies(MOUNTS.read_text(), PLACES.read_text())


def _try(made: Shares) -> None:
    """Make a group and bound it, as will be done for each process. Raises OSError."""
    group = made.group / "try"
    group.mkdir()
    try:
        made.hierarchy.bound(group, made.percent)
    finally:
        group.rmdir()


def _remove(group: Path) -> None:
    """Remove a group once the kernel knows that no process is left in it."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return group.rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
