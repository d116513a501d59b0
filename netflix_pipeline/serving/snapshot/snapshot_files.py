"""The files of published snapshots: `snapshot-NNNNNN.duckdb`, and the link `current.duckdb`."""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.atomic_write import sync, write_bytes

LINK = "current.duckdb"
DRAFT = "draft.duckdb"
PATTERN = re.compile(r"snapshot-(\d{6,})\.duckdb")


def snapshot_path(folder: Path, version: int) -> Path:
    """The file of a version."""
    return folder / f"snapshot-{version:06d}.duckdb"


def version_of(name: str) -> int | None:
    """The version that a file's name tells; None when it is not a snapshot's."""
    match = PATTERN.fullmatch(name)
    return int(match[1]) if match else None


def current_version(folder: Path) -> int | None:
    """The version that the link names; None when nothing was published."""
    with suppress(OSError):
        return version_of((folder / LINK).readlink().name)
    return None


def versions(folder: Path) -> list[int]:
    """The versions on disk, oldest first."""
    numbers = (version_of(entry.name) for entry in folder.iterdir())
    return sorted(version for version in numbers if version is not None)


def next_version(folder: Path) -> int:
    """A version that no snapshot of this home ever had, also when all of them were removed.

    Who holds a snapshot open knows it by its version, so none may come back with other numbers.
    """
    known = [0, current_version(folder) or 0, *versions(folder)]
    with suppress(OSError, ValueError):  # none was published yet; or the files tell enough
        known.append(int(_newest(folder).read_text()))
    return max(known) + 1


def remember(folder: Path, version: int) -> None:
    """Let none of this home's have that version, or one before it: another home gave it."""
    folder.mkdir(parents=True, exist_ok=True)
    if version >= next_version(folder):
        write_bytes(_newest(folder), f"{version}\n".encode())


def _newest(folder: Path) -> Path:
    """The file that remembers the newest version; beside the folder, which may be emptied."""
    return folder.with_name(f"{folder.name}.version")


def make_current(folder: Path, draft: Path, version: int) -> Path:
    """Give the draft its name and point the link at it, durably; returns its path."""
    path = snapshot_path(folder, version)
    write_bytes(_newest(folder), f"{version}\n".encode())
    draft.rename(path)
    sync(folder)
    link = folder / f".{LINK}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    link.replace(folder / LINK)
    sync(folder)
    return path


def sweep(folder: Path) -> None:
    """Remove what a publish that was interrupted left: drafts, and files that never became current.

    Nobody reads them: only the link leads readers to a snapshot.
    """
    current = current_version(folder) or 0
    for entry in list(os.scandir(folder)):
        version = version_of(entry.name)
        if (
            (version is not None and version > current)
            or entry.name.startswith((DRAFT, f".{LINK}", "spill-"))
            or entry.name.endswith(".wal")
        ):
            remove(Path(entry.path))


def prune(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` versions."""
    for version in versions(folder)[:-keep]:
        snapshot_path(folder, version).unlink(missing_ok=True)


def forget(folder: Path, oldest: int) -> None:
    """Remove all versions before `oldest`."""
    for version in versions(folder):
        if version < oldest:
            snapshot_path(folder, version).unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file, or a folder with what it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
