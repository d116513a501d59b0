"""Folders that are made once a run, by whichever worker needs them first; tests get copies."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol, Self, TypeVar

REPLACED = {".parquet"}
"""Kinds of files that are only ever replaced, never written in place: copies share them."""


class Movable(Protocol):
    """What stands for a folder."""

    def at(self, folder: Path) -> Self:
        """The same of a copy of the folder."""


Made = TypeVar("Made", bound=Movable)
Stamp = tuple[int, int]

_shared: list[Path] = []
_stamped: list[dict[Path, Stamp]] = []


def share(folder: Path) -> None:
    """Keep in this folder what is made once: all workers of a run name the same."""
    _shared[:] = [folder]


def made_once(make: Callable[[Path], Made]) -> Callable[[Path], Made]:
    """What makes a folder, but only the first time; from then on it is copied."""

    @cache
    def template() -> tuple[Path, Made]:
        place = (_shared[0] if _shared else Path(mkdtemp())) / f"{make.__module__}.{make.__name__}"
        folder, told = place / "made", place / "made.pickle"
        place.mkdir(exist_ok=True)
        with (place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not told.exists():
                shutil.rmtree(folder, ignore_errors=True)  # where whoever began it failed
                made = make(folder)
                told.write_bytes(pickle.dumps((made, _stamps(folder))))
        made, stamps = pickle.loads(told.read_bytes())
        _stamped.append(stamps)
        return folder, made

    def at(folder: Path) -> Made:
        original, made = template()
        copied(original, folder)
        return made.at(folder)

    return at


def copied(folder: Path, to: Path) -> Path:
    """A copy of a folder that may be changed as a home is."""

    def take(source: str, target: str) -> None:
        if Path(source).suffix in REPLACED:
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    return shutil.copytree(folder, to, symlinks=True, copy_function=take, dirs_exist_ok=True)


def changed() -> list[Path]:
    """The files that somebody wrote through a copy into what all others are copied from."""
    return [
        path
        for stamps in _stamped
        for path, stamp in stamps.items()
        if not path.exists() or _stamp(path) != stamp
    ]


def _stamps(folder: Path) -> dict[Path, Stamp]:
    return {path: _stamp(path) for path in folder.rglob("*") if path.suffix in REPLACED}


def _stamp(path: Path) -> Stamp:
    told = path.stat()
    return told.st_size, told.st_mtime_ns
