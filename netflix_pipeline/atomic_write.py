"""Writing a file atomically and durably: new file, fsync, rename, fsync of the folder."""

import errno
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from uuid import uuid4

from netflix_pipeline.errors import StorageFull

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""The disk, or what this user may take of it, is used up."""

SYNCED_AT_ONCE = 8
"""Files that are forced to disk side by side: the disk takes many at the cost of one."""

FEW = 4
"""Of fewer files starting threads costs more than they save."""

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
        for paths in (self._files, self._folders):
            _sync_all(paths, _sync_or_tell)
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
    # Beside it, of its own for each writer: threads, and machines that share the folder.
    draft = path.with_name(f".{uuid4().hex}.tmp") if drafts is None else _draft(drafts)
    _write({path: draft}, lambda: write(draft), later)


def write_several(
    paths: Sequence[Path],
    write: Callable[[Sequence[Path]], object],
    *,
    drafts: Path,
    later: Unsynced | None = None,
) -> None:
    """The same of several files, of which `write` fills the drafts, and which go to disk together.

    Each is on disk before it takes its place; where this raises, some may have done so. Without
    `paths` nothing is written.
    """
    if not paths:
        return
    places = {path: _draft(drafts) for path in paths}
    _write(places, lambda: write([*places.values()]), later)


def _draft(drafts: Path) -> Path:
    return drafts / f"{os.getpid()}-{next(_numbers)}.tmp"


def _write(
    places: Mapping[Path, Path], write: Callable[[], object], later: Unsynced | None
) -> None:
    """Let drafts be filled and put each in the place that it is told for."""
    with telling_full(next(iter(places))):
        try:
            folders = _folders_that_change(places)
            for folder in {draft.parent for draft in places.values()}:
                folder.mkdir(parents=True, exist_ok=True)
            for own, *others in folders.values():
                if others:  # else it is there
                    own.mkdir(parents=True, exist_ok=True)
            write()
            if later is None:
                _sync_all(places.values())
            for path, draft in places.items():
                draft.rename(path)
        except BaseException:
            for draft in places.values():
                with suppress(OSError):
                    draft.unlink()
            raise
        if later is None:
            _sync_all(dict.fromkeys(chain.from_iterable(folders.values())))
        else:
            for path in places:
                later.add(path, *folders[path])


def _folders_that_change(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """For each file those in which a name will stand that does not yet.

    Its own, and those of new folders too.
    """
    there: dict[Path, bool] = {}  # of many files most lie side by side
    changing: dict[Path, list[Path]] = {}
    for path in paths:
        folders = changing[path] = [path.parent]
        while not there.setdefault(folders[-1], False):
            if folders[-1].exists():
                there[folders[-1]] = True
            else:
                folders.append(folders[-1].parent)
    return changing


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


def _sync_all(paths: Collection[Path], sync: Callable[[Path], None] = sync) -> None:
    """Force files or folders to disk, side by side where they are many."""
    if len(paths) < FEW:
        for path in paths:
            sync(path)
        return

    def sync_each(those: Sequence[Path]) -> None:
        for path in those:
            sync(path)

    all_of_them = list(paths)
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
        shares = (all_of_them[number::SYNCED_AT_ONCE] for number in range(SYNCED_AT_ONCE))
        for _ in pool.map(sync_each, shares):
            pass


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
