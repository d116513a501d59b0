"""Where backups lie: a folder or a bucket.

`objects/ab/abcdef…` is a file by its digest, `backups/NAME.json.zst` the list of a backup,
`about.json` says whose they are, `erased.json` who was erased, `locks/backup` who is changing it.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

import msgspec

from netflix_pipeline.backup.listing import FORMAT, About, Backup, ErasedPersons, StoredFile
from netflix_pipeline.errors import BadInput, Busy, DamagedFile
from netflix_pipeline.object_storage import NoObject, ObjectStore
from netflix_pipeline.object_storage.lease import SECONDS, Lease, held
from netflix_pipeline.object_storage.store import PATIENCE

ABOUT, ERASED = "about.json", "erased.json"
BACKUPS, OBJECTS = "backups", "objects"
ENDING = ".json.zst"
NAME = re.compile(r"\d{8}T\d{12}Z")
MOMENT = "%Y%m%dT%H%M%S%fZ"
"""When a backup was begun, as its name says it."""
DIGEST = re.compile(r"[0-9a-f]{64}")

LEASE = "backup"
"""The lease of who changes them."""

WAIT = 1.5 * SECONDS
"""Seconds to wait for who changes them: by then the lease of one that was killed has ended."""


class NoBackup(BadInput):
    """No backup stands there, or none of that name."""


class OtherHome(BadInput):
    """The backups there are of another home."""


class DamagedBackup(DamagedFile):
    """What a backup needs is missing there, or is not what was sent."""


class Target:
    """The backups at an address. Raises BadStoreAddress, and what its store raises."""

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        self.store = ObjectStore.of(address, patience)
        self.address = self.store.address

    # -- backups --------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """The names of the backups, oldest first."""
        keys = (each.key for each in self.store.listed(BACKUPS))
        names = (key.rpartition("/")[2].removesuffix(ENDING) for key in keys)
        return sorted(name for name in names if NAME.fullmatch(name))

    def backup(self, name: str | None = None) -> Backup:
        """A backup by its name, or the newest. Raises NoBackup, DamagedBackup."""
        if name is None:
            names = self.names()
            if not names:
                raise NoBackup(f"{self.address}: no backup is there.")
            name = names[-1]
        elif not NAME.fullmatch(name):
            raise NoBackup(
                f"{name} is no name of a backup: netflix-pipeline backup list names all."
            )
        try:
            return Backup.decode(self.store.get(_list_of(name)).data)
        except NoObject:
            raise NoBackup(
                f"{self.address}: there is no backup {name}. netflix-pipeline backup list names "
                "all."
            ) from None
        except ValueError as error:
            raise DamagedBackup(
                f"{self.address}: the backup {name} cannot be read ({error}). Take another one."
            ) from error

    @staticmethod
    def begun(name: str) -> datetime:
        """When the backup of that name was begun."""
        return datetime.strptime(name, MOMENT).replace(tzinfo=UTC)

    def add(self, backup: Backup) -> None:
        """Let a backup count."""
        if self.store.create(_list_of(backup.name), backup.encode()) is None:
            raise Busy(f"{self.address}: a backup {backup.name} is there already; try again.")

    def forget(self, names: list[str]) -> None:
        """Take the lists of backups away, the oldest first."""
        self.store.delete([_list_of(name) for name in names])

    # -- objects --------------------------------------------------------------------------------

    def objects(self) -> dict[str, int]:
        """The size of each file that is there, by its digest."""
        keys = ((each.key.rpartition("/")[2], each.size) for each in self.store.listed(OBJECTS))
        return {digest: size for digest, size in keys if DIGEST.fullmatch(digest)}

    def send(self, digest: str, path: Path) -> None:
        """Write a file there by its digest, whatever was there."""
        self.store.upload(_object_of(digest), path)

    def remove(self, digests: list[str], patience: float = PATIENCE) -> None:
        """Take files away; without `patience` the store is asked once."""
        store = ObjectStore.of(self.address, patience)
        store.delete([_object_of(digest) for digest in digests])

    def fetch(self, file: StoredFile, path: Path) -> None:
        """Put a file in its place, whole. Raises DamagedBackup where it is not what was sent."""
        try:
            self.store.download(_object_of(file.digest), path)
        except NoObject:
            raise self._damaged(file, "it is gone") from None
        with path.open("rb") as opened:
            digest = digest_of(opened)
        if digest != file.digest:
            path.unlink()
            raise self._damaged(file, "its bytes are others")

    def _damaged(self, file: StoredFile, why: str) -> DamagedBackup:
        return DamagedBackup(
            f"{self.address}: {file.name} is damaged there ({why}). Take another backup; "
            "netflix-pipeline backup verify says what of one is whole."
        )

    # -- whose it is, and who was erased --------------------------------------------------------

    def claim(self, home: str) -> None:
        """Let the target be of a home. Raises OtherHome where it is of another."""
        mine = About(FORMAT, home)
        if self.store.create(ABOUT, msgspec.json.encode(mine)) is None and self.home() != home:
            raise OtherHome(
                f"{self.address} holds the backups of another home ({self.home()}, this one is "
                f"{home}): take another folder or prefix."
            )

    def home(self) -> str:
        """Whose backups stand there. Raises NoBackup, DamagedBackup."""
        try:
            return msgspec.json.decode(self.store.get(ABOUT).data, type=About).home
        except NoObject:
            raise NoBackup(f"{self.address}: no backup is there.") from None
        except msgspec.MsgspecError as error:
            raise DamagedBackup(
                f"{self.address}: {ABOUT} is torn ({error}). Write into it "
                '{"format": 1, "home": …} with the home of $NETFLIX_HOME/backups.json.'
            ) from error

    def erased(self) -> tuple[ErasedPersons | None, str]:
        """Who was erased as far as the target knows, and the etag of that; None before it did.

        Raises DamagedBackup.
        """
        try:
            stored = self.store.get(ERASED)
            return msgspec.json.decode(stored.data, type=ErasedPersons), stored.etag
        except NoObject:
            return None, ""
        except msgspec.MsgspecError as error:
            raise DamagedBackup(
                f"{self.address}: {ERASED} is torn ({error}), so nobody knows who was erased since "
                "a backup was made. The next netflix-pipeline backup of the home that is backed up "
                "there writes it anew, once it is removed."
            ) from error

    def write_erased(self, known: ErasedPersons, etag: str) -> bool:
        """Put it in the place of what had the etag; False where that is another by now."""
        data = msgspec.json.encode(known)
        if not etag:
            return self.store.create(ERASED, data) is not None
        return self.store.replace(ERASED, data, etag) is not None

    # -- changing it ----------------------------------------------------------------------------

    def alone(self, waiting: Callable[[], None] | None = None) -> AbstractContextManager[Lease]:
        """Nobody else adds backups or takes any away meanwhile; `waiting` is called before a wait.

        Raises Busy, which says who does, where that goes on.
        """
        return held(self.store, LEASE, waiting=waiting, patience=WAIT)


def digest_of(file: BufferedReader) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def _list_of(name: str) -> str:
    return f"{BACKUPS}/{name}{ENDING}"


def _object_of(digest: str) -> str:
    return f"{OBJECTS}/{digest[:2]}/{digest}"
