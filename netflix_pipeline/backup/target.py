"""Where backups lie: a folder or a bucket.

`objects/ab/abcdef…` is a file by its digest, `backups/NAME.json.zst` the list of a backup,
`about.json` says whose they are, `erased.json` who was erased, `lock.json` who is changing it.
"""

import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path

import msgspec
import psutil

from netflix_pipeline.backup.listing import FORMAT, About, Backup, ErasedPersons, StoredFile
from netflix_pipeline.errors import BadInput, Busy, DamagedFile
from netflix_pipeline.object_storage import NoObject, ObjectStore
from netflix_pipeline.object_storage.store import PATIENCE

ABOUT, ERASED, LOCK = "about.json", "erased.json", "lock.json"
BACKUPS, OBJECTS = "backups", "objects"
ENDING = ".json.zst"
NAME = re.compile(r"\d{8}T\d{12}Z")
MOMENT = "%Y%m%dT%H%M%S%fZ"
"""When a backup was begun, as its name says it."""
DIGEST = re.compile(r"[0-9a-f]{64}")

HELD = timedelta(hours=1)
"""For how long a process that says nothing holds a target."""
RENEWED_EVERY = 300.0
"""Seconds after which it says that it goes on."""


class NoBackup(BadInput):
    """No backup stands there, or none of that name."""


class OtherHome(BadInput):
    """The backups there are of another home."""


class DamagedBackup(DamagedFile):
    """What a backup needs is missing there, or is not what was sent."""


class _Held(msgspec.Struct, frozen=True):
    """Who changes a target, and until when nobody else does."""

    who: str
    host: str
    pid: int
    mark: str
    until: datetime


class Lease:
    """That nobody else changes a target; it must be renewed while work goes on."""

    def __init__(self, store: ObjectStore, etag: str) -> None:
        self._store = store
        self._etag = etag
        self._renewed = time.monotonic()

    def renew(self, *, now: bool = False) -> None:
        """Say that the work goes on, where that was long ago or `now`. Raises Busy."""
        if not now and time.monotonic() - self._renewed < RENEWED_EVERY:
            return
        etag = self._store.replace(LOCK, _held(), self._etag)
        if etag is None:
            raise Busy(
                f"{self._store.address}: another process took it over, since this one did not go "
                "on for an hour. Run the command again."
            )
        self._etag, self._renewed = etag, time.monotonic()

    def end(self) -> None:
        """Let others have it, unless one of them does already."""
        if self._store.replace(LOCK, _held(ended=True), self._etag) is not None:
            self._store.delete([LOCK])


def _held(*, ended: bool = False) -> bytes:
    until = datetime.now(UTC) + (timedelta(0) if ended else HELD)
    host, pid = socket.gethostname(), os.getpid()
    return msgspec.json.encode(
        _Held(f"process {pid} on {host}", host, pid, secrets.token_hex(8), until)
    )


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

    def remove(self, digests: list[str]) -> None:
        """Take files away."""
        self.store.delete([_object_of(digest) for digest in digests])

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

    @contextmanager
    def alone(self) -> Iterator[Lease]:
        """Nobody else adds backups or takes any away meanwhile.

        Raises Busy, which says who does. A process that was killed is known on its own machine at
        once, on others after an hour.
        """
        lease = self._lease()
        try:
            yield lease
        finally:
            lease.end()

    def _lease(self) -> Lease:
        etag = self.store.create(LOCK, _held())
        while etag is None:
            try:
                there = self.store.get(LOCK)
            except NoObject:
                etag = self.store.create(LOCK, _held())
                continue
            try:
                held = msgspec.json.decode(there.data, type=_Held)
            except msgspec.MsgspecError:
                held = None
            if held is not None and held.until > datetime.now(UTC) and _lives(held):
                raise Busy(
                    f"{self.address}: {held.who} makes a backup there or takes some away, until "
                    f"{held.until:%Y-%m-%d %H:%M:%S} UTC unless it goes on. Wait for it to end."
                )
            etag = self.store.replace(LOCK, _held(), there.etag)
        return Lease(self.store, etag)


def _lives(held: _Held) -> bool:
    """Whether who holds a target may be alive: on this machine that is known.

    One of this process's own number was in another container, or ended before.
    """
    if held.host != socket.gethostname():
        return True
    return held.pid != os.getpid() and psutil.pid_exists(held.pid)


def digest_of(file: BufferedReader) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def _list_of(name: str) -> str:
    return f"{BACKUPS}/{name}{ENDING}"


def _object_of(digest: str) -> str:
    return f"{OBJECTS}/{digest[:2]}/{digest}"
