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
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path, PurePosixPath
from uuid import uuid4

import polars as pl
from typing_extensions import override

from netflix_pipeline.atomic_write import telling_full
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.lake.lake import Mended, Replacement
from netflix_pipeline.lake.lake_files import LakeFile
from netflix_pipeline.lake.layout import Partition
from netflix_pipeline.lake.locks import exclusive
from netflix_pipeline.lake.object_cache import ObjectCache, all_at_once
from netflix_pipeline.lake.object_commits import ObjectCommits, require_lease
from netflix_pipeline.lake.object_inventory import PIECES
from netflix_pipeline.lake.object_views import Overtaken, View, going_on
from netflix_pipeline.lake.parquet_files import Footer
from netflix_pipeline.lake.sorted_parts import SortedParts
from netflix_pipeline.lake.table_manifests import Entry, place
from netflix_pipeline.object_storage import Listed, NoObject, ObjectStore
from netflix_pipeline.object_storage.lease import Lease, held

INGEST = "ingest"
"""The lease of who changes bronze."""

COMMIT_EVERY = 10.0
"""Seconds after which what a long build has stored is committed."""

GARBAGE_EVERY = 3600.0
"""Seconds between two looks of a process at what can go."""


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


class ObjectLake(ObjectCommits):
    """The tables in the store at `cache.store`, for one after the other; threads may share it."""

    def __init__(self, cache: ObjectCache, lease_seconds: float) -> None:
        super().__init__(cache)
        self._lease_seconds = lease_seconds
        self._committed = 0.0
        self._collected = -math.inf

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
                with going_on(self._store):
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
            require_lease(head, lease)
            fences = {**head.fences, lease.name: lease.epoch}
            if self._swapped(head.next(uuid4().hex, fences=fences), etag) is not None:
                return

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
        self._commit_now_and_then()
        return footer

    @override
    def replace_several(self, table: str, those: Sequence[Replacement]) -> list[Footer]:
        footers = super().replace_several(table, those)
        self._commit_now_and_then()
        return footers

    def _commit_now_and_then(self) -> None:
        if self._depth and not self._lease and time.monotonic() - self._committed > COMMIT_EVERY:
            self.commit()

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

    def _commit(self, view: View, *, erasing: bool) -> None:
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


@cache
def cache_of(address: str, folder: Path, most: int, patience: float) -> ObjectCache:
    """What this process keeps of the lake at an address below a folder."""
    cache = ObjectCache(ObjectStore.of(address, patience), folder, most)
    atexit.register(cache.close)
    return cache
