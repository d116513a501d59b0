"""Files of a home into a target: each is sent once, whatever its name, and read back."""

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from netflix_pipeline.backup.contents import Source
from netflix_pipeline.backup.listing import StoredFile
from netflix_pipeline.backup.target import DamagedBackup, Target, digest_of
from netflix_pipeline.errors import Busy
from netflix_pipeline.lake.lake_files import Stamp, stamp_of
from netflix_pipeline.object_storage.lease import Lease

AT_ONCE = 8
"""Files that are sent side by side."""
TRIES = 5
"""How often a file is read again that is replaced while it is sent."""

Progress = Callable[[str, int], None]
"""Called with the name of a file that was looked at, and how many were."""


class Sending:
    """Sends files to a target, of which a lease is held.

    `before` are the files of the newest backup: one that has not changed since, by name and stamp,
    is not read. What is there and is in no such backup is read back before it counts. `resent` are
    the digests of what is damaged there. `copies` is a folder for what is read back. `sent` and
    `sent_bytes` count what was not there.
    """

    def __init__(
        self,
        target: Target,
        lease: Lease,
        before: Collection[StoredFile],
        resent: Iterable[str],
        copies: Path,
        progress: Progress,
    ) -> None:
        self._target = target
        self._lease = lease
        self._known = {(file.name, file.stamp): file for file in before}
        self._there = target.objects()
        for digest in resent:
            self._there.pop(digest, None)
        self._read_back = {
            file.digest for file in before if self._there.get(file.digest) == file.size
        }
        self._copies = copies
        self._progress = progress
        self._looked_at = 0
        self.sent = 0
        self.sent_bytes = 0

    def send(self, sources: Iterable[Source]) -> list[StoredFile]:
        """Send them, and read back what was not there; those that are gone meanwhile are left out.

        Raises DamagedBackup where something else is read back, Busy for a file that is replaced
        again and again.
        """
        stored = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for file, sent in pool.map(self._send, sources):
                self._lease.check()
                if file is not None:
                    stored.append(file)
                    self._looked_at += 1
                    self._progress(file.name, self._looked_at)
                    self.sent += sent
                    self.sent_bytes += file.size if sent else 0
        return stored

    def is_known(self, source: Source) -> bool:
        """Whether the file is there as it is now, so that it need not be read."""
        assert source.stamp is not None
        return self._held(source.name, source.stamp) is not None

    def _held(self, name: str, stamp: Stamp) -> StoredFile | None:
        file = self._known.get((name, stamp))
        return file if file and file.digest in self._read_back else None

    def _send(self, source: Source) -> tuple[StoredFile | None, bool]:
        """The file as it is there, and whether it was sent; None where it is gone by now."""
        for _ in range(TRIES):
            with ExitStack() as at_hand:
                try:
                    stamp = source.stamp or stamp_of(source.path.stat())
                    if not source.copied and (held := self._held(source.name, stamp)) is not None:
                        return held, False
                    at_hand.enter_context(source.at_hand())
                    with source.path.open("rb") as opened:
                        told = os.fstat(opened.fileno())
                        digest = digest_of(opened)
                except FileNotFoundError:
                    return None, False
                file = StoredFile(source.name, digest, told.st_size, source.stamp or stamp_of(told))
                if digest in self._read_back:
                    return self._noted(source, file), False
                if self._there.get(digest) == file.size and self._is_whole(file):
                    return self._noted(source, file), False
                if self._new(file, source.path):
                    return self._noted(source, file), True
        if source.unfinished:
            return None, False
        raise Busy(f"{source.path} is replaced again and again: run the command again.")

    def _noted(self, source: Source, file: StoredFile) -> StoredFile:
        """Take note that a file is there: who sends it again in this backup need not read it."""
        self._read_back.add(file.digest)
        if not source.unfinished:
            self._known[file.name, file.stamp] = file
        return file

    def _is_whole(self, file: StoredFile) -> bool:
        """Whether what is there are the bytes of the file."""
        copy = self._copies / uuid4().hex
        try:
            self._target.fetch(file, copy)
        except DamagedBackup:
            return False
        finally:
            copy.unlink(missing_ok=True)
        return True

    def _new(self, file: StoredFile, path: Path) -> bool:
        """Send a file; False where it is another one by now, or gone."""
        try:
            self._target.send(file.digest, path)
        except FileNotFoundError:
            if path.exists():
                raise
            return False
        if self._is_whole(file):
            return True
        self._target.remove([file.digest])
        try:
            with path.open("rb") as opened:
                is_the_same = digest_of(opened) == file.digest
        except FileNotFoundError:
            return False
        if is_the_same:
            raise DamagedBackup(
                f"{self._target.address}: {file.name} was sent, and other bytes are read back. "
                "Check that disk or store; what was backed up before stays as it is."
            )
        return False
