"""What a process may use of its machine: all of it, or what its container is given (cgroup v2)."""

import os
import sys
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def processors() -> int:
    """Processors, the whole ones of a quota."""
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    return max(1, min(own, int(quota) // int(period))) if quota.isdigit() else own


def memory() -> int:
    """Bytes of memory."""
    own = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _limit("memory.max")
    return min(own, int(limit)) if limit.isdigit() else own


def _limit(name: str) -> str:
    """What the process's own group says; a container is shown its group as the root of all."""
    with suppress(OSError):
        group = OWN.read_text(encoding="ascii").partition("0::/")[2].strip()
        for folder in (CGROUPS / group, CGROUPS):
            with suppress(OSError):
                return (folder / name).read_text(encoding="ascii").strip()
    return ""
