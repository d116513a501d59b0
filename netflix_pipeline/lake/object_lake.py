"""A lake in an object store: the same tables, on any number of machines.

Whoever opens it works in a view of its own (`object_cache`), with the code that works on a disk: in
it files are read, written and replaced. A commit sends what is other in the view as new objects,
then replaces the head (`table_manifests`) by compare-and-swap; until then nobody else sees any of
it, and a process that is killed has changed nothing. Of two commits of one partition of silver or
gold the later counts, as on a disk: its footer says what it was made from.

Bronze is changed under a lease alone. Its epoch goes into the head before anything is done and is
looked at in each commit, so that an owner which slept while another took over is refused. A commit
that began before persons were taken out is refused, too: it may hold them.
"""

import atexit
import json
import math
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path, PurePosixPath
from uuid import uuid4

import polars as pl
from typing_extensions import override

from netflix_pipeline.atomic_write import telling_full
from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import DamagedFile, Transient
from netflix_pipeline.lake.lake import DIGESTS, Lake, Mended, digest_of
from netflix_pipeline.lake.lake_files import LakeFile, Stamp, stamp_of
from netflix_pipeline.lake.layout import FOLDERS, MANIFESTS, REVISION, STALE, Partition
from netflix_pipeline.lake.locks import exclusive
from netflix_pipeline.lake.object_cache import ObjectCache, all_at_once
from netflix_pipeline.lake.object_inventory import LONGEST_COMMIT, PIECES, Inventory, headless
from netflix_pipeline.lake.parquet_files import KEY, Footer, read_footer
from netflix_pipeline.lake.sorted_parts import SortedParts
from netflix_pipeline.lake.table_manifests import (
    HEAD,
    Entry,
    Files,
    Head,
    manifest_key,
    place,
    read_head,
)
from netflix_pipeline.object_storage import Listed, NoObject, ObjectStore
from netflix_pipeline.object_storage.lease import Lease, LeaseLost, held

INGEST = "ingest"
"""The lease of who changes bronze."""

FRESH = 1.0
"""Seconds for which who only reads does not ask again whether the lake went on."""

COMMIT_EVERY = 10.0
"""Seconds after which what a long build has stored is committed."""

GARBAGE_EVERY = 3600.0
"""Seconds between two looks of a process at what can go."""


class Overtaken(Transient):
    """Another committed what this commit was built on in another state."""


@dataclass
class _View:
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


@dataclass(frozen=True)
class _ObjectFile(LakeFile):
    """A file of the lake as its table's manifest names it."""

    entry: Entry
    copy: Callable[[Path], None]

    @override
    def digest(self) -> str:
        return self.entry.digest

    @override
    def fetch(self, path: Path) -> None:
        self.copy(path)


class ObjectLake(Lake):
    """The tables in the store at `cache.store`, for one after the other; threads may share it."""

    def __init__(self, cache: ObjectCache, lease_seconds: float) -> None:
        self._cache = cache
        self._store = cache.store
        self._inventory = Inventory(cache.store, cache.files)
        self._lease_seconds = lease_seconds
        self._guard = threading.RLock()
        self._depth = 0
        self._lease: Lease | None = None
        self._looked = 0.0
        self._committed = 0.0
        self._collected = -math.inf
        self._view: _View | None = None

    # -- views -------------------------------------------------------------------------------

    @property
    @override
    def root(self) -> Path:  # type: ignore[override]
        return self._now().root

    def _now(self) -> _View:
        with self._guard:
            return self._view or self._refreshed()

    def _refreshed(self, *, anew: bool = False) -> _View:
        """The newest state of the lake, in a new view unless the one that is there is of it."""
        with self._guard:
            head, etag = self._head()
            self._looked = time.monotonic()
            # Without a head nothing is named; but it may be put back, and what is kept with it.
            if etag is not None and head.erasures != self._cache.erasures_seen():
                self._forget_erased(head)
            view = self._view
            if view is None or view.head.tables != head.tables or anew:
                view = self._view = _View(self._cache.new_view(), head, etag)
                weakref.finalize(view, self._cache.retire, view.root)
            view.head, view.etag = head, etag
            return view

    def _head(self) -> tuple[Head, str | None]:
        return read_head(self._store)

    def _files(self, view: _View, table: str) -> Files:
        with _going_on(self._store):
            return self._cache.files(view.head.tables.get(table))

    def _told(self, view: _View, folder: str) -> Mapping[str, Entry]:
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

    def _fill(self, view: _View, folder: str) -> None:
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
            with _going_on(self._store):
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
                        with _going_on(self._store):
                            self._cache.fetch(table, {name: entry})
                    else:
                        view.placed[f"{table}/{name}"] = entry, stamp_of(path.stat())
                        break
            view.filled.add(folder)

    @override
    def drop(self, name: str) -> None:
        view = self._now()
        for table in view.head.tables:
            if table.startswith(f"{name}/"):
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

    # -- changes -----------------------------------------------------------------------------

    @contextmanager
    def _changing(self, *, keeps: bool) -> Iterator[None]:
        """The newest state, and a commit of what is done to it.

        Where that fails, what was done until then is committed if it `keeps`.
        """
        if self._depth:
            yield  # whoever began commits
            return
        self._cache.look_for_proof()  # before anything is done for nothing
        if self._refreshed(anew=True).etag is None:
            self._begun()
        self._depth, self._committed = 1, time.monotonic()
        try:
            try:
                yield
            except BaseException:
                if keeps:
                    self.commit()
                raise
            self.commit()
        finally:
            self._depth = 0
            self._view = None

    @override
    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._changing(keeps=True):
            yield

    @override
    @contextmanager
    def publishing(self) -> Iterator[None]:
        alone = not self._depth
        # Others on this machine publish to the same folder.
        with exclusive(self._cache.folder / ".lock"), self._changing(keeps=True):
            if alone:
                self._fetch_ahead()
            yield

    def _fetch_ahead(self) -> None:
        """Fetch what publishing asks for one by one, side by side."""
        view = self._now()
        for table in view.head.tables:
            if table.startswith(("silver/", "gold/")):
                with _going_on(self._store):
                    self._cache.fetch(table, self._files(view, table).entries)

    @override
    @contextmanager
    def alone(self) -> Iterator[bool]:
        # Who reads meanwhile has a view of its own.
        yield True

    @override
    @contextmanager
    def ingesting(self, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        self._cache.look_for_proof()
        with held(self._store, INGEST, seconds=self._lease_seconds, waiting=waiting) as lease:
            self._lease = lease
            try:
                self._fence(lease)
                with self._changing(keeps=False):
                    yield
            finally:
                self._lease = None

    def _fence(self, lease: Lease) -> None:
        """Refuse from now on what earlier owners of the lease commit."""
        while True:
            head, etag = self._begun()
            _require_lease(head, lease)
            fences = {**head.fences, lease.name: lease.epoch}
            if self._swapped(head.next(uuid4().hex, fences=fences), etag) is not None:
                return

    def _begun(self) -> tuple[Head, str]:
        """The head, and its etag; made where nothing lies there yet. Raises DamagedFile."""
        while True:
            head, etag = self._head()
            if etag is not None:
                return head, etag
            # Whatever is sent comes behind a head. So what lies there without one is of a lake that
            # lost it, or of others: from a new one it would go as what nothing names.
            first = self._inventory.first()
            if first is None:
                self._store.create(HEAD, head.next(uuid4().hex).encode())
            elif self._head()[1] is None:  # else another began it meanwhile
                raise headless(self._store, first)

    def _swapped(self, head: Head, etag: str) -> str | None:
        """Replace the head of that etag; the new one's, None where another did."""
        return self._store.replace(HEAD, head.encode(), etag)

    @override
    def replace(
        self,
        table: str,
        partition: Partition,
        frame: pl.DataFrame | SortedParts,
        *,
        inputs: Mapping[str, str],
        code: str,
        reach: datetime | None = None,
    ) -> Footer:
        footer = super().replace(table, partition, frame, inputs=inputs, code=code, reach=reach)
        if self._depth and not self._lease and time.monotonic() - self._committed > COMMIT_EVERY:
            self.commit()
        return footer

    @override
    def put_piece(self, name: str, rows: pl.DataFrame) -> None:
        super().put_piece(name, rows)
        path = self._piece(name)
        try:
            self._put_beside(f"{PIECES}/{name}", path)
        finally:
            path.unlink()

    def _put_beside(self, key: str, path: Path) -> None:
        """Put an object there, as of the state of the lake in which this view is, without a commit.

        Raises Overtaken where persons were taken out since: it may hold them, and come too late for
        the sweep behind that erasure.
        """
        self._store.upload(key, path)
        if self._head()[0].erasures != self._now().head.erasures:
            self._store.delete([key])
            raise Overtaken(
                f"{self._store.address}: persons were taken out of the lake meanwhile, and what "
                "was put there may hold them: it was taken away again. Run the command again."
            )

    @override
    def take_piece(self, name: str) -> Path:
        path, key = self._piece(name), f"{PIECES}/{name}"
        with telling_full(path):
            self._store.download(key, path)
        self._store.delete([key])
        return path

    @override
    def settle(self) -> None:
        if not self._depth:
            self.commit()

    @override
    def commit(self, *, erasing: bool = False) -> None:
        with self._guard:
            self._commit(self._now(), erasing=erasing)
            self._committed = time.monotonic()

    def _commit(self, view: _View, *, erasing: bool) -> None:
        self._cache.look_for_proof()
        if view.etag is None:
            self._begun()
        began, changed = self._store.now(), self._sent(view)
        if not changed and not erasing:
            return
        new = self._let_count(view, changed, began, erasing=erasing)
        if erasing:
            self._forget_erased(new)
            self._inventory.sweep(new)
        elif time.monotonic() - self._collected > GARBAGE_EVERY:
            self._collected = time.monotonic()
            self._inventory.collect(new)

    def _let_count(
        self,
        view: _View,
        changed: Mapping[str, Mapping[str, Entry | None]],
        began: datetime,
        *,
        erasing: bool,
    ) -> Head:
        """Commit what was sent since it `began`; what is refused is taken back."""
        try:
            new, etag = self._committed_head(view, changed, began, erasing=erasing)
        except (Overtaken, LeaseLost):
            self._take_back(changed)
            raise
        self._settle(view, new, etag, changed)
        return new

    def _committed_head(
        self,
        view: _View,
        changed: Mapping[str, Mapping[str, Entry | None]],
        began: datetime,
        *,
        erasing: bool,
    ) -> tuple[Head, str]:
        """Replace the head by one with what changed, which was sent since it `began`; its etag."""
        writer, written = uuid4().hex, list[str]()
        while True:
            if self._lease is not None:
                self._lease.check()
            head, etag = self._begun()
            _require_lease(head, self._lease)
            if head.erasures != view.head.erasures:
                raise Overtaken(
                    f"{self._store.address}: persons were taken out of the lake meanwhile, and "
                    "what was built before may hold them: nothing of it was kept. Run the command "
                    "again."
                )
            if self._store.now() - began > LONGEST_COMMIT:
                raise Overtaken(
                    f"{self._store.address}: this process was held up for so long that others may "
                    "have taken what it sent for the rest of a dead one, and removed it: nothing "
                    "of it was kept. Run the command again."
                )
            # Manifests of a try that another came before are named by nobody.
            tables, garbage = dict(head.tables), [*written]
            for table, files in changed.items():
                tables[table] = self._merged(view, table, head.tables.get(table), files, garbage)
            written += set(tables.values()).difference(head.tables.values())
            garbage += [key for table, key in head.tables.items() if tables[table] != key]
            if garbage:
                self._inventory.note_garbage(writer, garbage)
            new = head.next(writer, tables=tables, erasures=head.erasures + erasing)
            swapped = self._swapped(new, etag)
            if swapped is not None:
                return new, swapped

    def _take_back(self, changed: Mapping[str, Mapping[str, Entry | None]]) -> None:
        """Delete what was sent for a commit that was refused."""
        named = self._inventory.named(self._head()[0])
        sent = [
            entry.key(table, name)
            for table, files in changed.items()
            for name, entry in files.items()
            if entry is not None
        ]
        self._store.delete([key for key in sent if key not in named])

    def _sent(self, view: _View) -> dict[str, dict[str, Entry | None]]:
        """What is other in the view than in the store, by table; new files are sent there."""
        # Looked at first: what another thread places behind our back is no file that went.
        before = dict(view.placed)
        there: set[str] = set()
        other: list[tuple[PurePosixPath, Path]] = []
        for path in view.root.rglob("*"):
            inside = PurePosixPath(path.relative_to(view.root).as_posix())
            with suppress(FileNotFoundError):  # it goes just now
                if not _is_own(inside) and path.is_file():
                    placed = before.get(str(inside))
                    if placed is None or placed[1] != stamp_of(path.stat()):
                        other.append((inside, path))
                    there.add(str(inside))
        changed: dict[str, dict[str, Entry | None]] = defaultdict(dict)
        for table, name, entry in filter(None, all_at_once(self._send, other)):
            changed[table][name] = entry
        for gone in before.keys() - there:
            if not (view.root / gone).exists():  # a listing may miss what is replaced meanwhile
                table, name = place(PurePosixPath(gone))
                changed[table][name] = None
        return dict(changed)

    def _send(self, each: tuple[PurePosixPath, Path]) -> tuple[str, str, Entry] | None:
        """Send a file of the view as an object; None where it went meanwhile."""
        inside, path = each
        try:
            kept, entry = self._cache.keep(path)
        except FileNotFoundError:
            return None
        table, name = place(inside)
        footer = read_footer(kept) if name.endswith(".parquet") else None
        if footer is not None:
            entry = replace(entry, footer=json.loads(footer.encode()[KEY]))
        self._store.upload(entry.key(table, name), kept)
        return table, name, entry

    def _merged(
        self,
        view: _View,
        table: str,
        key: str | None,
        changed: Mapping[str, Entry | None],
        garbage: list[str],
    ) -> str:
        """The key of a table's manifest with what changed; what it names no more is garbage."""
        files = dict(self._cache.files(key).entries)
        base = self._files(view, table).entries
        for name, entry in changed.items():
            before = files.get(name)
            placed = view.placed.get(f"{table}/{name}")
            # Ours where an answer was lost, and others went on from it.
            known = placed[0] if placed else base.get(name), entry
            if table.startswith("bronze") and before not in known:
                raise Overtaken(
                    f"{self._store.address}/{table}/{name} was changed by another meanwhile: "
                    "nothing of this was kept. Run the command again."
                )
            if entry is None:
                files.pop(name, None)
            else:
                files[name] = entry
            if before is not None and before != entry:
                garbage.append(before.key(table, name))
        if key is not None and files == self._cache.files(key).entries:
            return key
        new, merged = manifest_key(table), Files(files)
        self._store.put(new, merged.encode())
        self._cache.hold(new, merged)
        return new

    def _settle(
        self,
        view: _View,
        head: Head,
        etag: str,
        changed: Mapping[str, Mapping[str, Entry | None]],
    ) -> None:
        """From now on the view is of what was committed, and of what others had before."""
        view.head, view.etag = head, etag
        for table, files in changed.items():
            for name, entry in files.items():
                path = f"{table}/{name}"
                if entry is None:
                    view.placed.pop(path, None)
                else:
                    with suppress(FileNotFoundError):  # it went since it was sent
                        stamp = stamp_of((view.root / path).stat())
                        if stamp[:2] == (entry.size, entry.written):
                            view.placed[path] = entry, stamp

    # -- copies of it ---------------------------------------------------------------------------

    @override
    def every_file(self, *stages: str) -> Iterator[LakeFile]:
        view = self._now() if self._depth else self._refreshed()
        told = [
            (table, self._files(view, table).entries)
            for table in sorted(view.head.tables)
            if table.partition("/")[0] in stages
        ]
        for table, entries in told:
            for name, entry in entries.items():
                stamp = entry.size, entry.written, int(entry.sent, 16)
                key = entry.key(table, name)
                yield _ObjectFile(f"{table}/{name}", stamp, entry, partial(self._copy, key, entry))

    def _copy(self, key: str, entry: Entry, path: Path) -> None:
        try:
            self._cache.download(key, entry, path)
        except NoObject as error:
            if key in self._inventory.named(self._head()[0]):
                raise DamagedFile(
                    f"{self._store.address}/{key} is gone, and the lake names it: "
                    "netflix-pipeline doctor says what to do."
                ) from error
            raise FileNotFoundError(key) from error

    @override
    def take_over(self, files: Mapping[str, Path], gone: Iterable[str] = ()) -> None:
        began, view = self._store.now(), self._now()
        changed: dict[str, dict[str, Entry | None]] = defaultdict(dict)
        named = [(PurePosixPath(name), path) for name, path in files.items()]
        for table, name, entry in filter(None, all_at_once(self._send_and_read_back, named)):
            changed[table][name] = entry
        for file in gone:
            table, name = place(PurePosixPath(file))
            changed[table][name] = None
        with self._guard:
            self._let_count(view, changed, began, erasing=False)

    def _send_and_read_back(
        self, each: tuple[PurePosixPath, Path]
    ) -> tuple[str, str, Entry] | None:
        """Send a file as `_send` does. Raises DamagedFile where the store has other bytes then."""
        sent = self._send(each)
        if sent is not None:
            table, name, entry = sent
            copy = self._cache.folder / "drafts" / uuid4().hex
            try:
                self._cache.download(entry.key(table, name), entry, copy)
            finally:
                copy.unlink(missing_ok=True)
        return sent

    # -- what goes ---------------------------------------------------------------------------

    @override
    def purge_unnamed(self, *, dry_run: bool = False) -> list[Listed]:
        unnamed = self._inventory.unnamed()
        if not dry_run:
            self._store.delete([each.key for each in unnamed])
        return unnamed

    @override
    def mend_lost(self) -> Mended:
        mended = Mended([], [], [])
        with self.writing():
            view = self._now()
            for table in self._inventory.tables():
                for name, entry in self._inventory.lost(table).items():
                    key = entry.key(table, name)
                    address = f"{self._store.address}/{key}"
                    if kept := self._cache.kept(entry):
                        self._put_beside(key, kept)
                        mended.sent.append(address)
                    elif table.startswith("bronze"):
                        mended.lost.append(address)
                    else:
                        self._leave_out(view, table, name, entry)
                        mended.left_out.append(address)
        return mended

    def _leave_out(self, view: _View, table: str, name: str, entry: Entry) -> None:
        """Let the next commit take a file out of its table, without fetching it before."""
        view.placed.setdefault(f"{table}/{name}", (entry, None))
        view.filled.add(str(PurePosixPath(table, name).parent))

    def _forget_erased(self, head: Head) -> None:
        """Remove from this machine what the lake does not name any more."""
        named = self._inventory.named(head).values()
        self._cache.forget_all_but(
            {entry.digest for entry in named if entry is not None}, head.erasures
        )


@contextmanager
def _going_on(store: ObjectStore) -> Iterator[None]:
    """Raise Overtaken where an object is gone that a state of the lake names."""
    try:
        yield
    except NoObject as error:
        raise Overtaken(
            f"{store.address}: the lake went on, and what is read was removed ({error}) Run the "
            "command again."
        ) from error


def _require_lease(head: Head, lease: Lease | None) -> None:
    """Raise LeaseLost where a later owner of the lease was there."""
    if lease is not None and head.fences.get(lease.name, 0) > lease.epoch:
        raise LeaseLost(
            f"another took the lease {lease.name} over since this process had it: nothing of what "
            "it did since its last commit counts. Run the command again."
        )


def _is_own(path: PurePosixPath) -> bool:
    """Whether it is of a process that works, and no file of a table: drafts, locks, a revision."""
    return len(path.parts) < 2 or any(part.startswith((".", REVISION)) for part in path.parts)


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


@cache
def cache_of(address: str, folder: Path, most: int, patience: float) -> ObjectCache:
    """What this process keeps of the lake at an address below a folder."""
    cache = ObjectCache(ObjectStore.of(address, patience), folder, most)
    atexit.register(cache.close)
    return cache
