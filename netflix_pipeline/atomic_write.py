"""Writing a file atomically and durably: new file, fsync, rename, fsync of the folder."""

import errno
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from uuid import uuid4

from netflix_pipeline.errors import StorageFull

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""The disk, or what this user may take of it, is used up."""

SYNCED_AT_ONCE = 8
"""Files that are forced to disk side by side: the disk takes many at the cost of one."""

DRAFT = re.compile(r"\.([0-9a-f]{32}|.+\.\d+)\.tmp")
"""The name of a draft that lies beside its file; of an earlier version in the second form."""

_numbers = count()


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
                for _ in pool.map(_sync_or_tell, paths):
                    pass
                paths.clear()


def write_atomically(
    path: Path,
    write: Callable[[Path], object],
    *,
    drafts: Path | None = None,
    later: Unsynced | None = None,
) -> None:
    """Let `write` fill a draft, then put it in its place durably.

    The draft lies in the folder `drafts`, beside `path` without one. With `later` it is in its
    place, and on disk once that is synced. Raises StorageFull when the disk is full; nothing
    half-written stays, and what stood at `path` before still stands.
    """
    if drafts is None:
        # Of its own for each writer: threads, and machines that share the folder.
        draft = path.with_name(f".{uuid4().hex}.tmp")
    else:
        draft = drafts / f"{os.getpid()}-{next(_numbers)}.tmp"
    with telling_full(path):
        try:
            folders = _folders_that_change(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.parent.mkdir(parents=True, exist_ok=True)
            write(draft)
            if later is None:
                sync(draft)
            draft.rename(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        if later is None:
            for folder in folders:
                sync(folder)
        else:
            later.add(path, *folders)


def _folders_that_change(path: Path) -> list[Path]:
    """Those in which a name will stand that does not yet: the file's, those of new folders too."""
    folders = [path.parent]
    while not folders[-1].exists():
        folders.append(folders[-1].parent)
    return folders


def write_bytes(path: Path, content: bytes, *, drafts: Path | None = None) -> None:
    """Write a small file atomically and durably."""
    write_atomically(path, lambda draft: draft.write_bytes(content), drafts=drafts)


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def inode(path: Path) -> int:
    """Which file stands there, another one once it was replaced; 0 for none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _sync_or_tell(path: Path) -> None:
    with telling_full(path):
        sync(path)


@contextmanager
def telling_full(path: Path) -> Iterator[None]:
    """Raise StorageFull where writing `path` fails for want of space."""
    try:
        yield
    except Exception as error:
        # Polars tells the system's error in its text only.
        match = re.search(r"\(os error (\d+)\)", str(error))
        number = int(match[1]) if match else getattr(error, "errno", None)
        if number in FULL:
            raise StorageFull(
                f"the disk of {path.parent} is full: {path.name} was not written, "
                "what stood there before still stands. Free space and run the command again."
            ) from error
        raise
