"""Bronze changed in many files as one: who reads sees all of the change, or nothing of it.

A revision is a folder in which the changed files lie as they will below bronze; one without a byte
says that the file goes. Once the folder has its name, what lies in it counts in place of what it
will replace. Putting the files into their places can be cut off anywhere, and is done again.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl

from netflix_pipeline.atomic_write import Unsynced, sync, write_atomically
from netflix_pipeline.lake.lake import Lake, of_another_size, other_rows
from netflix_pipeline.lake.layout import REVISION, UNFINISHED


class Revision:
    """Changes of bronze that are made together, by who has the ingest's lock."""

    def __init__(self, lake: Lake) -> None:
        put_in_place(lake)
        self._lake = lake
        self._bronze = lake.root / "bronze"
        self._draft = self._bronze / UNFINISHED
        self._later = Unsynced()
        shutil.rmtree(self._draft, ignore_errors=True)

    def replace(self, file: Path, frame: pl.DataFrame, reach: datetime | None = None) -> None:
        """Put other rows in the place of those of a bronze file; without any it goes.

        The file may be a new one. Its partition then has another version.
        """
        if frame.is_empty():
            self.write(file, b"")
            return
        other = other_rows(file, frame)
        if other != file:
            self.write(file, b"")
        size = other.stat().st_size if other.exists() else 0
        self._put(other, of_another_size(frame, reach, size))

    def write(self, file: Path, content: bytes) -> None:
        """Put a small file below bronze."""
        self._put(file, lambda draft: draft.write_bytes(content))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return not self._draft.exists()

    def _put(self, file: Path, write: Callable[[Path], object]) -> None:
        place = self._draft / file.relative_to(self._bronze)
        write_atomically(place, write, later=self._later)
        self._later.add(place, self._draft)

    def commit(self) -> None:
        """Let all of it count, durably; while nobody builds, whom it would confuse."""
        if self.is_empty:
            return
        self._later.sync()
        with self._lake.publishing():
            self._draft.rename(self._bronze / REVISION)
            sync(self._bronze)
            _put_in_place(self._lake)


def put_in_place(lake: Lake) -> None:
    """Finish a revision that was cut off once it counted; by who has the ingest's lock."""
    if lake.revision.exists():
        with lake.publishing():
            _put_in_place(lake)


def _put_in_place(lake: Lake) -> None:
    folders: set[Path] = set()
    for file in sorted(lake.revision.rglob("*")):
        if file.is_dir():
            continue
        place = lake.root / "bronze" / file.relative_to(lake.revision)
        if file.stat().st_size:
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
        else:
            place.unlink(missing_ok=True)
        folders.update((place.parent, place.parent.parent))
    for folder in folders:
        if folder.exists():
            sync(folder)
    shutil.rmtree(lake.revision)
    sync(lake.root / "bronze")
