"""What a process sees of a lake in a store: one of its states, as files in a folder of its own.

A view is filled as it is asked for. Much is known without a file: the manifests of the tables tell
names, sizes and footers.
"""

import threading
import time
import weakref
from abc import ABC
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from typing_extensions import override

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import Transient
from netflix_pipeline.lake.lake import DIGESTS, Lake, digest_of
from netflix_pipeline.lake.lake_files import Stamp, stamp_of
from netflix_pipeline.lake.layout import FOLDERS, MANIFESTS, STALE, Partition
from netflix_pipeline.lake.object_cache import ObjectCache
from netflix_pipeline.lake.object_inventory import Inventory
from netflix_pipeline.lake.parquet_files import Footer
from netflix_pipeline.lake.table_manifests import Entry, Files, Head, place, read_head
from netflix_pipeline.object_storage import NoObject, ObjectStore

FRESH = 1.0
"""Seconds for which who only reads does not ask again whether the lake went on."""


class Overtaken(Transient):
    """Another committed what this commit was built on in another state."""


@dataclass
class View:
    """A folder in the layout of a lake, filled as it is asked for, of one state of the lake.

    `placed` are the files that are there as the store has them, with what tells them from others
    that were put in their places; None of those that were not even fetched before they went.
    """

    root: Path
    head: Head
    etag: str | None
    filled: set[str] = field(default_factory=set)
    placed: dict[str, tuple[Entry, Stamp | None]] = field(default_factory=dict)
    turns: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))


class ObjectViews(Lake, ABC):
    """The tables in the store at `cache.store`, as they are read."""

    def __init__(self, cache: ObjectCache) -> None:
        self._cache = cache
        self._store = cache.store
        self._inventory = Inventory(cache.store, cache.files)
        self._guard = threading.RLock()
        self._depth = 0
        self._looked = 0.0
        self._view: View | None = None

    # -- views -------------------------------------------------------------------------------

    @property
    @override
    def root(self) -> Path:  # type: ignore[override]
        return self._now().root

    def _now(self) -> View:
        with self._guard:
            return self._view or self._refreshed()

    def _refreshed(self, *, anew: bool = False) -> View:
        """The newest state of the lake, in a new view unless the one that is there is of it."""
        with self._guard:
            head, etag = self._head()
            self._looked = time.monotonic()
            # Without a head nothing is named; but it may be put back, and what is kept with it.
            if etag is not None and head.erasures != self._cache.erasures_seen():
                self._forget_erased(head)
            view = self._view
            if view is None or view.head.tables != head.tables or anew:
                view = self._view = View(self._cache.new_view(), head, etag)
                weakref.finalize(view, self._cache.retire, view.root)
            view.head, view.etag = head, etag
            return view

    def _head(self) -> tuple[Head, str | None]:
        return read_head(self._store)

    def _files(self, view: View, table: str) -> Files:
        with going_on(self._store):
            return self._cache.files(view.head.tables.get(table))

    def _told(self, view: View, folder: str) -> Mapping[str, Entry]:
        """The files in a folder as the store has them."""
        table, name = place(PurePosixPath(folder, "file"))
        return self._files(view, table).by_folder.get(name.rpartition("/")[0], {})

    def _unfilled(self, table: str, partition: Partition) -> Mapping[str, Entry] | None:
        """The files of a partition that this view has not looked into; None where it has."""
        view, folder = self._now(), self._folder(table, partition)
        return None if folder in view.filled else self._told(view, folder)

    @staticmethod
    def _folder(table: str, partition: Partition) -> str:
        by_day = partition is not None
        return f"{table}/{FOLDERS[contract(table).partition]}={partition}" if by_day else table

    @override
    def folder(self, table: str, partition: Partition = None) -> Path:
        view, folder = self._now(), self._folder(table, partition)
        if folder not in view.filled:
            self._fill(view, folder)
        return view.root / folder

    def _fill(self, view: View, folder: str) -> None:
        with self._guard:
            turn = view.turns[folder]
        with turn:
            if folder in view.filled:
                return
            table, _ = place(PurePosixPath(folder, "file"))
            inside = folder.removeprefix(table).strip("/")
            told = {
                str(PurePosixPath(inside, name)): entry
                for name, entry in self._told(view, folder).items()
            }
            with going_on(self._store):
                self._cache.fetch(table, told)
            for name, entry in told.items():
                path = view.root / table / name
                path.parent.mkdir(parents=True, exist_ok=True)
                while True:
                    try:
                        self._cache.link(entry, path)
                    except FileExistsError:
                        break  # it was written before anybody looked what is there
                    except FileNotFoundError:  # it was not used for longest, and went
                        with going_on(self._store):
                            self._cache.fetch(table, {name: entry})
                    else:
                        view.placed[f"{table}/{name}"] = entry, stamp_of(path.stat())
                        break
            view.filled.add(folder)

    @override
    def drop(self, name: str) -> None:
        view = self._now()
        for table in view.head.tables:
            if table == name or table.startswith(f"{name}/"):
                for file, entry in self._files(view, table).entries.items():
                    self._leave_out(view, table, file, entry)
        super().drop(name)

    @override
    def found(self, pattern: str) -> list[Path]:
        view = self._now()
        for table in view.head.tables:
            for name in self._files(view, table).entries:
                file = PurePosixPath(table, name)
                if file.parts[0] == "bronze" and fnmatchcase(file.name, pattern):
                    self._fill(view, str(file.parent))
        return super().found(pattern)

    def _leave_out(self, view: View, table: str, name: str, entry: Entry) -> None:
        """Let the next commit take a file out of its table, without fetching it before."""
        view.placed.setdefault(f"{table}/{name}", (entry, None))
        view.filled.add(str(PurePosixPath(table, name).parent))

    def _forget_erased(self, head: Head) -> None:
        """Remove from this machine what the lake does not name any more."""
        named = self._inventory.named(head).values()
        self._cache.forget_all_but(
            {entry.digest for entry in named if entry is not None}, head.erasures
        )

    # -- what is known without a file --------------------------------------------------------

    @override
    def standing_batches(self) -> set[str]:
        if not self._depth and time.monotonic() - self._looked > FRESH:
            self._refreshed()
        unfilled = self._unfilled(f"bronze/{MANIFESTS}", None)
        if unfilled is None:
            return super().standing_batches()
        return {name.removesuffix(".json") for name in unfilled if name.endswith(".json")}

    @override
    def partitions(self, table: str) -> list[date]:
        view, prefix = self._now(), f"{FOLDERS.get(contract(table).partition, '')}="
        told = {
            folder
            for folder in self._files(view, table).by_folder
            if folder.startswith(prefix) and f"{table}/{folder}" not in view.filled
        }
        days = {date.fromisoformat(folder.removeprefix(prefix)) for folder in told}
        return sorted(days.union(super().partitions(table)))

    @override
    def footer(self, table: str, partition: Partition = None) -> Footer | None:
        unfilled = self._unfilled(table, partition)
        if unfilled is None:
            return super().footer(table, partition)
        return next(
            (_footer(entry) for name, entry in unfilled.items() if name.endswith(".parquet")), None
        )

    @override
    def is_stale(self, table: str, partition: Partition) -> bool:
        unfilled = self._unfilled(table, partition)
        return super().is_stale(table, partition) if unfilled is None else STALE in unfilled

    @override
    def stale_reason(self, table: str, partition: Partition) -> str | None:
        unfilled = self._unfilled(table, partition)
        if unfilled is not None and STALE not in unfilled:
            return None
        return super().stale_reason(table, partition)

    @override
    def bronze_version(
        self, table: str, partition: Partition = None, committed: set[str] | None = None
    ) -> str:
        unfilled = self._unfilled(table, partition)
        if unfilled is None:
            return super().bronze_version(table, partition, committed)
        counted = _counted(unfilled, self.committed_batches() if committed is None else committed)
        total = sum(digest_of(name, entry.size) for name, entry in counted.items())
        return f"{total % DIGESTS:024x}" if counted else "empty"

    @override
    def bronze_height(
        self, table: str, partition: Partition = None, committed: set[str] | None = None
    ) -> int:
        unfilled = self._unfilled(table, partition)
        if unfilled is None:
            return super().bronze_height(table, partition, committed)
        counted = _counted(unfilled, self.committed_batches() if committed is None else committed)
        return sum(footer.rows for entry in counted.values() if (footer := _footer(entry)))

    @override
    def bronze_reach(self, partition: date, committed: set[str] | None = None) -> datetime | None:
        unfilled = self._unfilled("bronze/watch_events", partition)
        if unfilled is None:
            return super().bronze_reach(partition, committed)
        counted = _counted(unfilled, self.committed_batches() if committed is None else committed)
        footers = [_footer(entry) for entry in counted.values()]
        return max((each.reach for each in footers if each and each.reach), default=None)

    @override
    def files(self, table: str) -> list[str]:
        view = self._refreshed()
        bronze, counted = contract(table).stage == "bronze", self.committed_batches()
        return [
            f"{self._store.address}/{entry.key(table, name)}"
            for name, entry in sorted(self._files(view, table).entries.items())
            if name.endswith(".parquet")
            and (not bronze or PurePosixPath(name).name.split(".", 1)[0] in counted)
        ]


@contextmanager
def going_on(store: ObjectStore) -> Iterator[None]:
    """Raise Overtaken where an object is gone that a state of the lake names."""
    try:
        yield
    except NoObject as error:
        raise Overtaken(
            f"{store.address}: the lake went on, and what is read was removed ({error}) Run the "
            "command again."
        ) from error


def _counted(files: Mapping[str, Entry], committed: set[str]) -> dict[str, Entry]:
    """The files of batches that count."""
    return {
        name: entry
        for name, entry in files.items()
        if name.endswith(".parquet") and name.split(".", 1)[0] in committed
    }


def _footer(entry: Entry) -> Footer | None:
    """What the footer of a file tells."""
    if entry.footer is None:
        return None
    reach = entry.footer["reach"]
    return Footer(**{**entry.footer, "reach": datetime.fromisoformat(reach) if reach else None})
