"""Writing a file atomically and durably: new file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.errors import StorageFull


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a draft beside `path`, then put it in its place durably.

    Raises StorageFull when the disk is full; nothing half-written stays, and what stood at `path`
    before still stands.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fresh = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        sync(draft)
        draft.rename(path)
        sync(path.parent)
        if fresh:
            sync(path.parent.parent)
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
