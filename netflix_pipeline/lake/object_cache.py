"""What a machine keeps of a lake in an object store: files as they are there, and folders of links.

A file is kept under the digest of its bytes, which is looked at when it comes, and never changes. A
view is a folder in the layout of a lake with second links to such files: whoever has one reads and
writes files as on a disk, and sees nothing of what others do meanwhile. Views of processes that are
gone are removed by the next one.
"""

import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from netflix_pipeline.atomic_write import telling_full, write_bytes
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.lake.lake_files import digest
from netflix_pipeline.lake.table_manifests import Entry, Files, read_files
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import proved

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 16
"""Objects that are fetched or sent side by side."""

KEPT_FOR = 600.0
"""Seconds for which a view stays that was replaced by a newer one: somebody may still read it."""

TRIMMED_EVERY = 60.0
"""Seconds between two looks at how much is kept."""

MANIFESTS_HELD = 256
"""Manifests that a process holds in memory."""


class ObjectCache:
    """Files of the store below `folder`, up to about `most` bytes; one a process and store."""

    def __init__(self, store: ObjectStore, folder: Path, most: int) -> None:
        self.store = store
        self.folder = folder
        self._most = most
        # Of this store: what was kept of another, from which the lake was moved, tells nothing.
        place = hashlib.blake2b(store.address.encode(), digest_size=6).hexdigest()
        self._mark = folder / f"erasures-{place}"
        self._numbers = count()
        self._guard = threading.Lock()
        self._retired: deque[tuple[float, Path]] = deque()
        self._trimmed = 0.0
        self._manifests: dict[str, Files] = {}
        self._proved = False

    def look_for_proof(self) -> None:
        """Raise UnprovedStore unless the store was proved."""
        if not self._proved:
            proved(self.store)
            self._proved = True

    # -- manifests ---------------------------------------------------------------------------

    def files(self, key: str | None) -> Files:
        """The files that a table's manifest names; none where there is no manifest."""
        if key is None:
            return Files({})
        with self._guard:
            known = self._manifests.get(key)
        if known is None:
            known = read_files(self.store, key)
            self.hold(key, known)
        return known

    def hold(self, key: str, files: Files) -> None:
        """Hold a manifest in memory in the place of the one that was held for longest."""
        with self._guard:
            self._manifests[key] = files
            while len(self._manifests) > MANIFESTS_HELD:
                del self._manifests[next(iter(self._manifests))]

    # -- files -------------------------------------------------------------------------------

    def _place(self, digest: str) -> Path:
        return self.folder / "files" / digest[:2] / digest

    def fetch(self, table: str, wanted: Mapping[str, Entry]) -> None:
        """See to it that files of a table are kept here, with the bytes that they should have."""
        missing = [
            (entry.key(table, name), entry)
            for name, entry in wanted.items()
            if not self._place(entry.digest).exists()
        ]
        all_at_once(self._fetch, missing)

    def _fetch(self, wanted: tuple[str, Entry]) -> None:
        key, entry = wanted
        kept = self._place(entry.digest)
        draft = self.folder / "drafts" / uuid4().hex
        try:
            self.download(key, entry, draft)
            kept.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)

    def download(self, key: str, entry: Entry, path: Path) -> None:
        """Put a file at a path as it is in the store, with the bytes that it should have.

        It is not kept. Raises NoObject, DamagedFile.
        """
        with telling_full(path):
            self.store.download(key, path)
        if digest(path) != entry.digest:
            path.unlink()
            raise DamagedFile(
                f"{self.store.address}/{key} holds other bytes than were written: restore it "
                "from the backup."
            )
        os.utime(path, ns=(time.time_ns(), entry.written))

    def kept(self, entry: Entry) -> Path | None:
        """A file as it is kept here, if it is, with the bytes that it should have."""
        kept = self._place(entry.digest)
        return kept if kept.exists() and digest(kept) == entry.digest else None

    def link(self, entry: Entry, path: Path) -> None:
        """Put a file that is kept at a path of a view."""
        kept = self._place(entry.digest)
        # When it was used last, for `trim`; when it was written stays.
        os.utime(kept, ns=(time.time_ns(), entry.written))
        path.hardlink_to(kept)

    def keep(self, path: Path) -> tuple[Path, Entry]:
        """Keep a file of a view that was written; what is kept does not change if the view does.

        The entry tells no footer yet.
        """
        draft = self.folder / "drafts" / uuid4().hex
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.hardlink_to(path)
        try:
            told = draft.stat()
            entry = Entry(digest(draft), told.st_size, told.st_mtime_ns, uuid4().hex[:12])
            kept = self._place(entry.digest)
            kept.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)  # a rename between two links of one file leaves both
        return kept, entry

    def forget_all_but(self, digests: Collection[str], erasures: int) -> None:
        """Remove what is not named any more, since persons were taken out of it."""
        for kept in self._kept():
            if kept.name not in digests:
                kept.unlink(missing_ok=True)
        self._remove_retired(time.monotonic())
        write_bytes(self._mark, str(erasures).encode())

    def erasures_seen(self) -> int:
        """After how many erasures this machine looked through what it keeps."""
        try:
            return int(self._mark.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _kept(self) -> Iterator[Path]:
        for folder in (self.folder / "files").glob("??"):
            with suppress(FileNotFoundError), os.scandir(folder) as entries:
                yield from (Path(entry.path) for entry in entries)

    def _trim(self) -> None:
        """Remove what was not used for longest, and is in no view, beyond what may be kept."""
        known: list[tuple[float, int, Path]] = []
        for kept in self._kept():
            with suppress(FileNotFoundError):
                told = kept.stat()
                known.append((told.st_atime, told.st_size if told.st_nlink == 1 else 0, kept))
        over = sum(size for _, size, _ in known) - self._most
        for _, size, kept in sorted(known):
            if over <= 0:
                return
            if size:
                kept.unlink(missing_ok=True)
                over -= size

    # -- views -------------------------------------------------------------------------------

    @cached_property
    def _own(self) -> Path:
        """The folder of this process's views; those of processes that are gone are removed."""
        views = self.folder / "views"
        views.mkdir(parents=True, exist_ok=True)
        alive = None
        while alive is None:  # another may look just now whether it is of one that is gone
            own = views / f"{os.getpid()}-{uuid4().hex[:8]}"
            alive = _locked(own.with_suffix(".alive"))
        for mark in views.glob("*.alive"):
            if mark.stem != own.name and (handle := _locked(mark)) is not None:
                shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
                mark.unlink(missing_ok=True)
                os.close(handle)
        return own

    def new_view(self) -> Path:
        """The path of a new view, where nothing is yet."""
        now = time.monotonic()
        with self._guard:
            due = now - self._trimmed > TRIMMED_EVERY
            if due:
                self._trimmed = now
            own = self._own
        self._remove_retired(now - KEPT_FOR)
        if due:
            self._trim()
        # Named as a lake is: messages tell by it which stage a file is of.
        return own / str(next(self._numbers)) / "lake"

    def retire(self, view: Path) -> None:
        """Remove a view once nobody can be reading it any more."""
        # Without a lock: it is called wherever the garbage collector comes to it.
        self._retired.append((time.monotonic(), view.parent))

    def _remove_retired(self, before: float) -> None:
        with self._guard, suppress(IndexError):
            while self._retired[0][0] <= before:
                shutil.rmtree(self._retired.popleft()[1], ignore_errors=True)

    def close(self) -> None:
        """Remove the views of this process."""
        if "_own" in vars(self):
            shutil.rmtree(self._own, ignore_errors=True)
            self._own.with_suffix(".alive").unlink(missing_ok=True)


def all_at_once(work: Callable[[T], R], each: Sequence[T]) -> list[R]:
    """What is got by doing something for each, side by side; raises what it raises."""
    if len(each) < 2:
        return [work(one) for one in each]
    with ThreadPoolExecutor(min(AT_ONCE, len(each))) as pool:
        return list(pool.map(work, each))


def _locked(mark: Path) -> int | None:
    """A handle that holds a file's lock until this process ends; None where another holds it."""
    with suppress(FileNotFoundError, BlockingIOError):
        handle = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise
        return handle
    return None
