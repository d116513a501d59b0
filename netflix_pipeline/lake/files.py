"""Writing a file atomically and durably: new file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.errors import StorageFull

SYNCED_AT_ONCE = 8
"""Files that are forced to disk side by side: the disk takes many at the cost of one."""


class Unsynced:
    """Files that were written and must be on disk before something makes them count."""

    def __init__(self) -> None:
        self._files: set[Path] = set()
        self._folders: set[Path] = set()

    def add(self, file: Path, *folders: Path) -> None:
        """Take note of a file and of the folders in which its name must stand."""
        self._files.add(file)
        self._folders.update(folders)

    def sync(self) -> None:
        """Force all of it to disk; returns when it is there."""
        with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
            for paths in (self._files, self._folders):
                for _ in pool.map(sync, paths):
                    pass
                paths.clear()


def write_atomically(
    path: Path, write: Callable[[Path], None], later: Unsynced | None = None
) -> None:
    """Let `write` fill a draft beside `path`, then put it in its place durably.

    With `later` it is in its place, and on disk once that is synced. Raises StorageFull when the
    disk is full; nothing half-written stays, and what stood at `path` before still stands.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fresh = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        folders = (path.parent, path.parent.parent) if fresh else (path.parent,)
        if later is None:
            sync(draft)
        draft.rename(path)
        if later is None:
            for folder in folders:
                sync(folder)
        else:
            later.add(path, *folders)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            raise StorageFull(
                f"the disk of {path.parent} is full: {path.name} was not written, "
                "what stood there before still stands. Free space and run the command again."
            ) from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file atomically and durably."""

    def write(draft: Path) -> None:
        draft.write_bytes(content)

    write_atomically(path, write)


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
