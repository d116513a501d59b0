"""Which objects of a store a lake names, and which not: garbage, what dead writers left, losses.

A writer sends objects, then has the head name them. So what nothing names may be named a moment
later: it stays for a time of grace, and a commit that took half as long is refused. Erasing alone
does not wait, for whoever began before it is refused.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.lake.object_cache import all_at_once
from netflix_pipeline.lake.table_manifests import (
    HEAD,
    Entry,
    Files,
    Head,
    read_files,
    read_head,
)
from netflix_pipeline.object_storage import Listed, NoObject, ObjectStore

log = logging.getLogger(__name__)

GRACE = timedelta(hours=24)
"""How long objects stay that no manifest names, by the clock of the store: readers may be on their
way to them, writers about to name them."""

LONGEST_COMMIT = GRACE / 2
"""How long a commit may take by the clock of the store, which tells ages: what it sent first could
be taken away by then."""

GARBAGE = "garbage"
"""Where commits note what they replaced."""

PIECES = "shards"
"""Where those lie that a process which builds hands to another: no manifest names them."""

OWN = ("bronze", "silver", "gold", "_replaced", "manifests", PIECES)
"""Where objects lie that hold rows, or name those that do."""

PROOFS = "proof"
"""Where those lie with which the store was proved, and which the proof takes away itself."""


class Inventory:
    """The objects of a store; `files` reads a manifest by its key, none of a table without one."""

    def __init__(
        self, store: ObjectStore, files: Callable[[str | None], Files] | None = None
    ) -> None:
        self._store = store
        self._files = files or partial(read_files, store)

    def named(self, head: Head) -> dict[str, Entry | None]:
        """Every key that the head or a manifest names, with the file that it is."""
        keys: dict[str, Entry | None] = dict.fromkeys(head.tables.values(), None)
        for table, manifest in head.tables.items():
            for name, entry in self._files(manifest).entries.items():
                keys[entry.key(table, name)] = entry
        return keys

    def first(self) -> str | None:
        """The key of an object that lies where those of a lake do; None where there is none."""
        return next((each.key for stage in OWN for each in self._store.listed(stage)), None)

    # -- what goes ---------------------------------------------------------------------------

    def note_garbage(self, writer: str, keys: Sequence[str]) -> None:
        """Note what a commit replaces, before it does."""
        note = {"at": datetime.now(UTC).isoformat(), "keys": keys}
        self._store.put(f"{GARBAGE}/{writer}.json", json.dumps(note).encode())

    def collect(self, head: Head) -> None:
        """Delete what commits replaced before the time of grace, unless it is named again."""
        notes = list(self._store.listed(GARBAGE))
        before = self._store.now() - GRACE
        old = [each.key for each in notes if each.modified < before]
        if not old:
            return
        named = self.named(head)
        for note in old:
            self._store.delete([*(key for key in self._noted(note) if key not in named), note])

    def sweep(self, head: Head) -> None:
        """Delete every object that nothing names, at once: bytes of persons go with it.

        Commits that are under way are refused: they began before the erasure.
        """
        named = self.named(head)
        for stage in OWN:
            gone = [each.key for each in self._store.listed(stage) if each.key not in named]
            self._store.delete(gone)
        self._store.delete([each.key for each in self._store.listed(GARBAGE)])
        if self._store.keeps_versions():
            log.warning(
                "%s keeps versions of objects: rows of persons who were taken out can be read in "
                "them until a rule of the bucket expires noncurrent versions",
                self._store.address,
            )

    def unnamed(self) -> list[Listed]:
        """What writers left that were killed: objects of before the time of grace that none names.

        Without what was replaced, which goes its own way (`collect`). Raises DamagedFile where the
        head is gone, for then nothing would be named.
        """
        head, etag = read_head(self._store)
        named = self.named(head)
        left = [
            each
            for stage in (*OWN, PROOFS)
            for each in self._store.listed(stage)
            if each.key not in named
        ]
        if not left:
            return []
        before = self._store.now() - GRACE
        old = [each for each in left if each.modified < before]
        if old and etag is None:
            raise headless(self._store, old[0].key)
        # Read after the head: what was replaced before it is noted by now.
        notes = [each.key for each in self._store.listed(GARBAGE)] if old else []
        noted = {key for keys in all_at_once(self._noted, notes) for key in keys}
        return [each for each in old if each.key not in noted]

    def _noted(self, note: str) -> Sequence[str]:
        """The keys in a note; none of one that another took away meanwhile."""
        with suppress(NoObject):
            keys: Sequence[str] = json.loads(self._store.get(note).data)["keys"]
            return keys
        return ()

    # -- what is gone ------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """The tables that have files, folders such as `bronze/_batches` among them."""
        # What lies in a stage itself is read by everybody who opens the lake.
        return sorted(table for table in read_head(self._store)[0].tables if "/" in table)

    def lost(self, table: str) -> Mapping[str, Entry]:
        """The files that a table's manifest names and the store has no more, by name.

        Found by a listing, which tells of a thousand at once. Raises DamagedFile where the manifest
        is gone.
        """
        missing = {entry.key(table, name): name for name, entry in self._newest(table).items()}
        for each in self._store.listed(table):
            missing.pop(each.key, None)
        if not missing:
            return {}
        now = self._newest(table)  # what was replaced since may rightly be gone
        return {
            name: now[name]
            for key, name in missing.items()
            if name in now and now[name].key(table, name) == key
        }

    def _newest(self, table: str) -> Mapping[str, Entry]:
        """The files of a table now."""
        while True:
            key = read_head(self._store)[0].tables.get(table)
            try:
                return self._files(key).entries
            except NoObject as error:
                if read_head(self._store)[0].tables.get(table) == key:
                    raise DamagedFile(
                        f"{self._store.address}/{key} is gone, which says what {table} holds: "
                        "restore it from the backup, or from a version that the bucket keeps."
                    ) from error


def headless(store: ObjectStore, key: str) -> DamagedFile:
    """That objects such as the one under a key lie in a store, and no head names any of them."""
    return DamagedFile(
        f"{store.address}/{HEAD} is gone, or never was, and objects lie there, such as {key}: "
        "restore it from the backup, or from a version that the bucket keeps. Where the objects "
        "are of others, let NETFLIX_LAKE name a bucket or prefix that is empty."
    )
