"""What stands at a target in files of its own: a backup's list, whose it is, who was erased."""

import os
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import msgspec
import zstandard

FORMAT = 1
"""Lists of a higher one are of a release that is newer than this."""
LARGEST = 2**31
"""Bytes of a list, unpacked."""


class StoredFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of a home as a backup holds it.

    `name` is its path below the home, as addresses write it, `digest` the SHA-256 of its bytes.
    `stamp` is of the file that it was made from: size, time of change in nanoseconds, and inode.
    """

    name: str
    digest: str
    size: int
    stamp: tuple[int, int, int]

    def place(self, root: Path) -> Path:
        """Where it lies below a home. Raises ValueError for a name that leads out of it."""
        parts = os.fsdecode(unquote_to_bytes(self.name)).split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError(f"{self.name!r} is no path below a home")
        return root.joinpath(*parts)


def named(path: Path, root: Path) -> str:
    """The name of a file below a home; not every path is text."""
    return quote(os.fsencode(path.relative_to(root)), safe="/=")


class Backup(msgspec.Struct, frozen=True):
    """One backup: when it was begun and ended, by which release, of which home, and its files.

    `settings` are those that were set and are no secret. `without` are the parts that were left
    out, `elsewhere` the settings that name stores beside the home, which it does not hold.
    """

    format: int
    name: str
    home: str
    begun: datetime
    ended: datetime
    release: str
    settings: dict[str, str]
    without: tuple[str, ...]
    elsewhere: tuple[str, ...]
    files: tuple[StoredFile, ...]

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size for file in self.files)

    def encode(self) -> bytes:
        """As packed JSON."""
        return zstandard.ZstdCompressor().compress(msgspec.json.encode(self))

    @classmethod
    def decode(cls, packed: bytes) -> "Backup":
        """Raises ValueError for what is none, or of a newer release."""
        try:
            unpacked = zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        # Looked at first: a newer release may say other things.
        told = msgspec.json.decode(unpacked, type=_Format).format
        if told > FORMAT:
            raise ValueError(f"it has format {told}, of a newer release: update this one")
        return msgspec.json.decode(unpacked, type=cls)


class _Format(msgspec.Struct):
    format: int


class About(msgspec.Struct, frozen=True):
    """Whose backups stand there."""

    format: int
    home: str


class ErasedPerson(msgspec.Struct, frozen=True):
    """A person by their keyed hash, and since when nothing holds them; None while it does."""

    person: str
    marked_at: datetime
    done_at: datetime | None


class ErasedPersons(msgspec.Struct, frozen=True):
    """All who are marked as erased in a home, and the key of their hashes; empty before the first.

    `number` grows with each time that it is written, so that no two have the same bytes.
    """

    format: int
    number: int
    key: bytes
    persons: tuple[ErasedPerson, ...]
