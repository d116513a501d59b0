"""Who may read what the home holds: its owner alone, unless the settings let others."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OWN = frozenset(
    (
        "dagster",
        "events",
        "lake",
        "landed",
        "landing",
        "logs",
        "metrics",
        "refused",
        "sample",
        "serving",
        "staging",
        "state",
    )
)
"""The folders of a home."""
OWN_FILES = (".json", ".lock", ".version")


def keep_private(home: Path, umask: int) -> None:
    """Let nobody have the rights in `umask`: to what is written from now on, and to the home.

    Of what an earlier release wrote with more rights they are taken away, once. A folder that
    holds other things besides keeps its own rights. What cannot be changed, because it lies on a
    read-only disk or is somebody else's, stays as it is.
    """
    os.umask(umask)
    with suppress(OSError):
        entries = list(os.scandir(home))
        own = [entry for entry in entries if entry.name in OWN or entry.name.endswith(OWN_FILES)]
        for entry in own:
            _narrow(Path(entry.path), umask)
        shared = home.stat().st_mode & stat.S_ISVTX  # as /tmp is
        if len(own) == len(entries) and not shared:
            _narrow(home, umask)


def _narrow(path: Path, umask: int) -> None:
    """Take the rights away; of a folder's content first, so that what was cut off begins anew."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & umask:
            return
        if stat.S_ISDIR(mode):
            for inner in path.iterdir():
                _narrow(inner, umask)
        path.chmod(stat.S_IMODE(mode) & ~umask)
