"""A folder of a file system as a store of objects: a file an object."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import override

from netflix_pipeline.atomic_write import write_atomically, write_bytes
from netflix_pipeline.object_storage.store import (
    BadStoreAddress,
    Listed,
    NoObject,
    ObjectStore,
    Stored,
)

LOCK = ".lock"


class Folder(ObjectStore):
    """Objects as files below `root`; hidden names are its own."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.address = str(self.root)

    @override
    def get(self, key: str) -> Stored:
        try:
            data = self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NoObject(f"{self.address} has no {key}") from None
        return Stored(data, _etag(data))

    @override
    def create(self, key: str, data: bytes) -> str | None:
        with self._alone():
            if self._path(key).exists():
                return None
            write_bytes(self._path(key), data)
        return _etag(data)

    @override
    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        with self._alone():
            try:
                if self.get(key).etag != etag:
                    return None
            except NoObject:
                return None
            write_bytes(self._path(key), data)
        return _etag(data)

    @override
    def put(self, key: str, data: bytes) -> str:
        with self._alone():
            write_bytes(self._path(key), data)
        return _etag(data)

    @override
    def upload(self, key: str, path: Path) -> None:
        write_atomically(self._path(key), lambda draft: shutil.copyfile(path, draft))

    @override
    def download(self, key: str, path: Path) -> None:
        there = self._path(key)
        try:
            write_atomically(path, lambda draft: shutil.copyfile(there, draft))
        except (FileNotFoundError, IsADirectoryError):
            if there.is_file():  # it is where it should go that is missing
                raise
            raise NoObject(f"{self.address} has no {key}") from None

    @override
    def delete(self, keys: Iterable[str]) -> None:
        with self._alone():
            for key in keys:
                self._path(key).unlink(missing_ok=True)

    @override
    def listed(self, prefix: str = "") -> Iterator[Listed]:
        folder = self._path(prefix) if prefix.strip("/") else self.root
        for path in sorted(folder.rglob("*")):
            key = path.relative_to(self.root)
            if not any(part.startswith(".") for part in key.parts):
                with suppress(FileNotFoundError):
                    told = path.stat()
                    if path.is_file():
                        written = datetime.fromtimestamp(told.st_mtime, UTC)
                        yield Listed(key.as_posix(), told.st_size, written)

    @override
    def keeps_versions(self) -> bool:
        return False

    def _path(self, key: str) -> Path:
        parts = key.strip("/").split("/")
        if any(part in ("", "..") or part.startswith(".") for part in parts):
            raise BadStoreAddress(f"{key!r} is no key of an object")
        return self.root.joinpath(*parts)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else decides on a condition meanwhile."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _etag(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
