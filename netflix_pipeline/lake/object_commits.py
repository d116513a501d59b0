"""A commit of what was written in a view: it is sent as new objects, then the head names it.

Until the head is replaced, by compare-and-swap, nobody else sees any of it, and a process that is
killed has changed nothing.
"""

import json
from abc import ABC
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from uuid import uuid4

from netflix_pipeline.lake.lake_files import stamp_of
from netflix_pipeline.lake.layout import FOLDERS, REVISION
from netflix_pipeline.lake.object_cache import ObjectCache, all_at_once
from netflix_pipeline.lake.object_inventory import LONGEST_COMMIT, headless
from netflix_pipeline.lake.object_views import ObjectViews, Overtaken, View
from netflix_pipeline.lake.parquet_files import KEY, read_footer
from netflix_pipeline.lake.table_manifests import HEAD, Entry, Files, Head, manifest_key, place
from netflix_pipeline.object_storage.lease import Lease, LeaseLost

ORIGIN = f"{FOLDERS['origin']}="
"""How the folder of an origin begins."""


class ObjectCommits(ObjectViews, ABC):
    """The same tables, as they are changed; under a lease where this process has one."""

    def __init__(self, cache: ObjectCache) -> None:
        super().__init__(cache)
        self._lease: Lease | None = None

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

    def _let_count(
        self,
        view: View,
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
        view: View,
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
            require_lease(head, self._lease)
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

    def _sent(self, view: View) -> dict[str, dict[str, Entry | None]]:
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
        view: View,
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
            if entry and before not in (None, entry) and name.startswith(ORIGIN) and not placed:
                # Another said it first: what a model said on a day is written once.
                garbage.append(entry.key(table, name))
                continue
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
        view: View,
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


def require_lease(head: Head, lease: Lease | None) -> None:
    """Raise LeaseLost where a later owner of the lease was there."""
    if lease is not None and head.fences.get(lease.name, 0) > lease.epoch:
        raise LeaseLost(
            f"another took the lease {lease.name} over since this process had it: nothing of what "
            "it did since its last commit counts. Run the command again."
        )


def _is_own(path: PurePosixPath) -> bool:
    """Whether it is of a process that works, and no file of a table: drafts, locks, a revision."""
    return len(path.parts) < 2 or any(part.startswith((".", REVISION)) for part in path.parts)
