"""A replica: the newest snapshot of a store, fetched into the folder from which it is served.

There it lies as one that was published there, so that readers open it and move on as ever. One
process of a home fetches at a time, or publishes.
"""

import logging
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from pathlib import Path

import msgspec

from netflix_pipeline.atomic_write import FULL, write_bytes
from netflix_pipeline.background import Thread, ended
from netflix_pipeline.errors import PipelineError, StorageFull
from netflix_pipeline.lake import at_once, exclusive
from netflix_pipeline.object_storage import StoreUnavailable
from netflix_pipeline.serving.snapshot import snapshot_files
from netflix_pipeline.serving.snapshot.store import SharedSnapshot, SnapshotStore

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks at what the newest is."""
PATIENCE = 5.0
"""Seconds for which a store that does not answer is asked again."""
LONGEST_PAUSE = 60.0
"""Seconds at most until what could not be fetched is fetched again: it may be large."""
LONGEST_FETCH = 900.0
"""Seconds after which fetching one is told to hang."""
KEPT = 2
"""Snapshots that stay where they are fetched: the newest, and the one before it."""
FETCHED = f"{snapshot_files.DRAFT}-fetched"
NOTE = "shared.json"
"""What the pointer said of the newest that is here."""


class Replica:
    """The newest snapshot of a store, in a folder.

    `problem` says why it is not there, None when it is. `answered_at` is when the store could be
    asked last, in seconds since 1970, and `newest` the version that it named.
    """

    def __init__(self, store: SnapshotStore, folder: Path) -> None:
        self.problem: str | None = None
        self.answered_at: float | None = None
        self.newest: int | None = None
        self._store = store
        self._folder = folder
        self._lock = folder.with_name(f"{folder.name}.lock")
        self._failed = ""
        self._pause = EVERY
        self._again_at = float("-inf")

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Fetch each new one meanwhile; the first is not waited for."""

        def step() -> None:
            self.look()
            thread.wait(EVERY)

        thread = Thread("snapshot-store", step, patience=LONGEST_FETCH)
        thread.start()
        async with ended(thread.stop):
            yield

    def look(self) -> None:
        """Fetch the newest, where it is another; what hinders that is told by `problem`."""
        try:
            newest = self._store.newest()
        except PipelineError as error:
            self._tell(
                f"{error} Answers come from the snapshot that was fetched last; it is tried again."
            )
            return
        self.answered_at = time.time()
        self.newest = newest.version if newest else None
        with at_once(self._lock) as held:
            if held:
                self._tell(self._take(newest))

    @property
    def told(self) -> str:
        """What the store said, for people."""
        if self.newest is None:
            return "nothing is on the store yet" if self.answered_at else "it was not asked yet"
        return f"version {self.newest} is the newest"

    @property
    def holds_one(self) -> bool:
        """Whether there is a snapshot, here or on the store as far as that is known."""
        return bool(self.newest or self._current())

    @property
    def knows_of_none(self) -> bool:
        """Whether the store answered, and nothing was published to it yet."""
        return self.answered_at is not None and self.newest is None and self.problem is None

    def alone(self) -> AbstractContextManager[None]:
        """Meanwhile nobody else publishes in the folder, or fetches into it."""
        return exclusive(self._lock)

    def catch_up(self) -> None:
        """Fetch the newest to build upon, where it is newer; no version up to it is given again.

        Raises what the store does, DamagedDownload, StorageFull.
        """
        newest = self._store.newest()
        if newest is not None:
            self.newest = newest.version
            snapshot_files.remember(self._folder, newest.version)
            if newest.version > self._current():
                self._fetch(newest)

    def share(self, path: Path, version: int, *, erasing: bool = False) -> bool:
        """Put a snapshot of the folder on the store; False where another took its place meanwhile.

        Raises what the store does.
        """
        newest = self._store.newest()
        if not erasing and newest is not None and newest == self._noted(version):
            return True
        shared, is_it = self._store.share(path, version, erasing=erasing)
        if is_it:
            self._note(shared)
        else:
            snapshot_files.remember(self._folder, shared.version)
        return is_it

    def _current(self) -> int:
        return snapshot_files.current_version(self._folder) or 0

    def _take(self, newest: SharedSnapshot | None) -> str | None:
        """Have the newest in the folder; why it is not."""
        current = self._current()
        if newest is None or newest.version < current:
            if not current:
                return None
            names = f"version {newest.version}" if newest else "none"
            return (
                f"{self._folder} has version {current} and {self._store.address} names {names}. "
                "Where it was published here, `netflix-pipeline publish` puts it there; where the "
                f"store was exchanged, remove {self._folder} and restart the service."
            )
        here = snapshot_files.snapshot_path(self._folder, current).exists()
        if newest.version == current and here:
            snapshot_files.forget(self._folder, newest.oldest)
            noted = self._noted(current)
            if noted is not None and noted.key != newest.key:
                return (
                    f"{self._store.address} has another version {current} than {self._folder}: it "
                    f"was exchanged. Remove {self._folder} and restart the service."
                )
            return None
        if newest.key == self._failed and time.monotonic() < self._again_at:
            return self.problem
        try:
            self._fetch(newest)
        except (PipelineError, OSError) as error:
            again = newest.key == self._failed and not isinstance(error, StoreUnavailable)
            self._pause = min(2 * self._pause, LONGEST_PAUSE) if again else EVERY
            self._failed, self._again_at = newest.key, time.monotonic() + self._pause
            return f"version {newest.version} is not fetched: {error}"
        return None

    def _fetch(self, newest: SharedSnapshot) -> None:
        """Put it into the folder, whole, and let the link name it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        snapshot_files.sweep(self._folder)
        if shutil.disk_usage(self._folder).free < newest.size:
            raise self._full(newest)
        drafts = self._folder / FETCHED
        try:
            self._store.fetch(newest, draft := drafts / newest.key)
            self._note(newest)
            snapshot_files.make_current(self._folder, draft, newest.version)
        except (StorageFull, OSError) as error:
            if isinstance(error, OSError) and error.errno not in FULL:
                raise
            raise self._full(newest) from error
        finally:
            snapshot_files.remove(drafts)
        snapshot_files.prune(self._folder, KEPT)
        snapshot_files.forget(self._folder, newest.oldest)

    def _full(self, newest: SharedSnapshot) -> StorageFull:
        return StorageFull(
            f"the disk of {self._folder} is full: version {newest.version} takes "
            f"{newest.size:,} bytes, the one before it is answered from. Free space: it is fetched "
            "by itself."
        )

    def _note(self, shared: SharedSnapshot) -> None:
        write_bytes(self._folder / NOTE, msgspec.json.encode(shared))

    def _noted(self, version: int) -> SharedSnapshot | None:
        """What the store said of a version that is here; None where it was not asked."""
        with suppress(OSError, msgspec.MsgspecError):
            noted = msgspec.json.decode((self._folder / NOTE).read_bytes(), type=SharedSnapshot)
            return noted if noted.version == version else None
        return None

    def _tell(self, problem: str | None) -> None:
        if problem is not None and self.problem is None:
            log.warning("%s", problem)
        elif problem is None and self.problem is not None:
            log.info("the newest snapshot is here again")
        self.problem = problem
