"""The files that a lake consists of, wherever it lies: to be copied as they are.

They are all that counts: tables, manifests of batches, marks. What a process keeps for itself is
hidden, or lies in a folder of drafts.
"""

import hashlib
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from netflix_pipeline.lake.layout import DRAFTS, UNFINISHED

T = TypeVar("T")

STAGES = ("bronze", "silver", "gold")

MOST_FILES, MOST_BYTES = 500, 2**30
"""What is copied at a time, about."""

Stamp = tuple[int, int, int]
"""What tells a file from the one that will be in its place: size in bytes, when it was written
(nanoseconds since 1970), and a number that the other one does not have."""


@dataclass(frozen=True)
class LakeFile(ABC):
    """A file of a lake by its path below it, such as `silver/users/part.parquet`."""

    name: str
    stamp: Stamp

    @abstractmethod
    def digest(self) -> str:
        """The digest of its bytes; raises FileNotFoundError where it was replaced, and is gone."""

    @abstractmethod
    def fetch(self, path: Path) -> None:
        """Put a copy at a path. Raises FileNotFoundError, DamagedFile."""


@dataclass(frozen=True)
class FolderFile(LakeFile):
    """One that lies at a path."""

    path: Path

    @override
    def digest(self) -> str:
        return digest(self.path)

    @override
    def fetch(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.path, path)


def files_in(root: Path, stages: Iterable[str]) -> Iterator[FolderFile]:
    """The files of a lake in a folder."""
    for stage in stages:
        for path in files_below(root / stage):
            try:
                stamp = stamp_of(path.stat())
            except FileNotFoundError:
                continue
            yield FolderFile(path.relative_to(root).as_posix(), stamp, path)


def files_below(folder: Path) -> Iterator[Path]:
    """The files below a folder in order, but for drafts and what is hidden."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in (DRAFTS, UNFINISHED) and name[0] != "."
        )
        for name in sorted(names):
            path = Path(place, name)
            if name[0] != "." and path.is_file() and not path.is_symlink():
                yield path


def stamp_of(told: os.stat_result) -> Stamp:
    """The stamp of a file on a disk."""
    return told.st_size, told.st_mtime_ns, told.st_ino


def digest(path: Path) -> str:
    """The digest of a file's bytes, by which a store names it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()


def portions(files: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Files as they are copied at a time, by what tells their sizes."""
    portion: list[T] = []
    held = 0
    for each in files:
        portion.append(each)
        held += size(each)
        if len(portion) >= MOST_FILES or held >= MOST_BYTES:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion
