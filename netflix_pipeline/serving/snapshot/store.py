"""Snapshots on a store of objects: each is put there once, and whoever answers fetches the newest.

    snapshot-000012-5f70bf18….duckdb   immutable, under its version and the SHA-256 of its bytes
    current.json                       the pointer, which names the newest

The pointer is swapped by compare-and-swap, and never to an older version. What it named before
stays for a while, for those who are fetching it.
"""

import hashlib
import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec

from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.object_storage import NoObject, ObjectStore

POINTER = "current.json"
GRACE = timedelta(minutes=15)
"""How long a snapshot stays that was replaced; by the clock of the store."""
NAME = re.compile(r"snapshot-(\d{6,})-[0-9a-f]{64}\.duckdb")


class DamagedDownload(DamagedFile):
    """What the store gave is not the snapshot that was put there."""


class SharedSnapshot(msgspec.Struct, frozen=True):
    """What the pointer says: a snapshot by its version, size in bytes and digest.

    Nobody may keep one from before version `oldest`: they hold persons who were erased.
    """

    version: Annotated[int, msgspec.Meta(ge=1)]
    size: Annotated[int, msgspec.Meta(ge=1)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    oldest: int = 0

    @property
    def key(self) -> str:
        """The name of its file on the store."""
        return f"snapshot-{self.version:06d}-{self.sha256}.duckdb"


class SnapshotStore:
    """The snapshots at an address, see `ObjectStore.of`, whose errors every method raises.

    A store that does not answer is asked again for `patience` seconds.
    """

    def __init__(self, address: str, patience: float) -> None:
        self._objects = ObjectStore.of(address, patience)
        self.address = self._objects.address
        self._read: tuple[str, SharedSnapshot] | None = None

    def newest(self) -> SharedSnapshot | None:
        """The newest snapshot; None where none was shared yet. DamagedFile for a torn pointer."""
        pointed = self._pointed()
        return None if pointed is None else pointed[1]

    def share(
        self, path: Path, version: int, *, erasing: bool = False
    ) -> tuple[SharedSnapshot, bool]:
        """Put a snapshot there and point at it; what the pointer says, and whether that is it.

        It is not where another of this version, or a newer one, was shared meanwhile. With
        `erasing`, those before it are removed at once, there and by whoever fetched them.
        """
        size, sha256 = path.stat().st_size, digest(path)
        uploaded = False
        while True:
            etag, current = self._pointed() or (None, None)
            oldest = version if erasing else current.oldest if current else 0
            shared = SharedSnapshot(version, size, sha256, oldest)
            if current is not None and current.version >= version and current.key != shared.key:
                if uploaded:
                    self._objects.delete([shared.key])
                return current, False
            if current != shared:
                if not uploaded:
                    self._upload(shared, path)
                    uploaded = True
                if not self._point(shared, etag):
                    continue
            self._collect(shared)
            return shared, True

    def fetch(self, shared: SharedSnapshot, path: Path) -> None:
        """Put a snapshot into a file, which is there once it is whole and what was shared.

        Raises DamagedDownload.
        """
        try:
            self._objects.download(shared.key, path)
        except NoObject:
            raise self._damaged(shared, "it is gone") from None
        if (size := path.stat().st_size) != shared.size:
            path.unlink()
            raise self._damaged(shared, f"it has {size:,} bytes and should have {shared.size:,}")
        if digest(path) != shared.sha256:
            path.unlink()
            raise self._damaged(shared, "its bytes are others than those that were put there")

    def _pointed(self) -> tuple[str, SharedSnapshot] | None:
        """The pointer, with its etag; it is only read anew where that changed."""
        try:
            stored = self._objects.get(POINTER)
        except NoObject:
            return None
        if self._read is None or self._read[0] != stored.etag:
            try:
                self._read = stored.etag, msgspec.json.decode(stored.data, type=SharedSnapshot)
            except msgspec.MsgspecError as error:
                raise DamagedFile(
                    f"{POINTER} of {self.address} names no snapshot ({error}): remove it, then "
                    "netflix-pipeline publish --full makes another."
                ) from error
        return self._read

    def _point(self, shared: SharedSnapshot, etag: str | None) -> bool:
        """Let the pointer name it, unless it is another by now than the one of that etag."""
        text = msgspec.json.encode(shared)
        if etag is None:
            return self._objects.create(POINTER, text) is not None
        return self._objects.replace(POINTER, text, etag) is not None

    def _upload(self, shared: SharedSnapshot, path: Path) -> None:
        there = {(each.key, each.size) for each in self._objects.listed()}
        if (shared.key, shared.size) not in there:  # a call before this one may have come so far
            self._objects.upload(shared.key, path)

    def _collect(self, newest: SharedSnapshot) -> None:
        """Remove what was replaced long ago or holds persons who were erased; the last one stays.

        Of newer versions than the newest nothing is known: somebody is putting them there.
        """
        written = {each.key: each.modified for each in self._objects.listed()}
        known = [
            (int(match[1]), key == newest.key, modified, key)
            for key, modified in written.items()
            if (match := NAME.fullmatch(key)) and int(match[1]) <= newest.version
        ]
        known.sort()
        gone = [
            key
            for number, ((version, _, _, key), (_, _, replaced, _)) in enumerate(pairwise(known), 2)
            if version < newest.oldest
            or (number < len(known) and replaced < written[POINTER] - GRACE)
        ]
        if gone:
            self._objects.delete(gone)

    def _damaged(self, shared: SharedSnapshot, what: str) -> DamagedDownload:
        return DamagedDownload(
            f"{shared.key} of {self.address} is not opened: {what}. It is fetched again; where it "
            "stays so, netflix-pipeline publish --full, where it was published, makes another."
        )


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
