"""A file below a folder, whatever its name says: nothing on the way to it is a link.

The folder that holds it is kept open, so that who changes the way meanwhile (a folder becomes a
link) does not lead us elsewhere.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netflix_pipeline.errors import BadInput

FOLDER = os.O_RDONLY | os.O_DIRECTORY


class Inside:
    """What lies at a place below a folder, as it was when it was found."""

    def __init__(self, folder: int, name: str) -> None:
        self._folder = folder
        self._name = name
        self._found = self._look()

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file: no folder, no device, and no link to one."""
        return stat.S_ISREG(self._found.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, to whatever."""
        return stat.S_ISLNK(self._found.st_mode)

    def is_still(self, path: Path) -> bool:
        """Whether it is there as it was, and the path leads to it: who read that read this."""
        try:
            now = self._look(), path.lstat()
        except OSError:
            return False
        return {_state(status) for status in now} == {_state(self._found)}

    def move(self, target: Path) -> None:
        """Move it, a link as a link, to where nothing stands yet."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(self._name, target, src_dir_fd=self._folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(target)
            os.unlink(self._name, dir_fd=self._folder)

    def _copy(self, target: Path) -> None:
        """To another file system."""
        if self.is_link:
            target.symlink_to(os.readlink(self._name, dir_fd=self._folder))
            return
        source = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._folder)
        with os.fdopen(source, "rb") as bytes_, target.open("xb") as copy:
            shutil.copyfileobj(bytes_, copy)
            copy.flush()
            os.fsync(copy.fileno())

    def _look(self) -> os.stat_result:
        return os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)


@contextmanager
def inside(folder: Path, place: str) -> Iterator[Inside | None]:
    """What lies at `place` below the folder; None where there is nothing (any more).

    Raises BadInput for a place that is no name below the folder, or behind a link. The folder
    itself may be a link: it was named by whoever set it up.
    """
    *way, name = _parts(place)
    opened: list[int] = []
    try:
        try:
            opened.append(os.open(folder, FOLDER))
            for part in way:
                opened.append(os.open(part, FOLDER | os.O_NOFOLLOW, dir_fd=opened[-1]))
            file = Inside(opened[-1], name)
        except FileNotFoundError:
            file = None
        except OSError as error:
            raise BadInput(
                f"{place!r} is no place below {folder}: {error.strerror}. What is taken in lies "
                "there itself, and so do the folders on the way: none is a link."
            ) from error
        yield file
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _parts(place: str) -> list[str]:
    parts = place.split("/")
    try:
        os.fsencode(place)
        possible = "\0" not in place
    except UnicodeEncodeError:
        possible = False
    if not possible or not {"", ".", ".."}.isdisjoint(parts):
        raise BadInput(
            f"{place!r} is no place below a folder: write names with / between, such as "
            "ann/views.csv, neither an absolute path nor one with .. in it."
        )
    return parts


def _state(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
