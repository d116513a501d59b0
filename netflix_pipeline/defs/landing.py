"""Files that land: which are whole, and where each goes when it was taken."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from netflix_pipeline.defs.inside import Inside, inside
from netflix_pipeline.erasing import erase_file
from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.ingest.refusing import Refused, erased
from netflix_pipeline.lake.files import write_bytes
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.households import household_of

UNFINISHED = (".tmp", ".part", ".crdownload")
"""Endings of files that somebody is still writing."""

STILL_FOR = 4.0
"""Seconds for which a file must not change before it is taken for whole."""


@dataclass(frozen=True)
class Sighting:
    """A file as it was seen: its place below the landing folder, its state, and since when."""

    path: str
    size: int
    modified: int
    since: float

    @property
    def state(self) -> tuple[str, int, int]:
        """What changes when somebody writes to it."""
        return self.path, self.size, self.modified

    @property
    def run_key(self) -> str:
        """The same for the same file in the same state."""
        return f"{self.path}:{self.size}:{self.modified}"


def files(landing: Path) -> Iterator[tuple[str, int, int]]:
    """Place, size and time of change of every file that may be taken, and of links: see `take`."""
    for path in sorted(landing.rglob("*")):
        place = path.relative_to(landing)
        hidden = any(part.startswith(".") for part in place.parts)
        if hidden or path.name.endswith(UNFINISHED):
            continue
        try:
            told = path.lstat()
        except FileNotFoundError:  # taken in the meantime
            continue
        if not (stat.S_ISREG(told.st_mode) or stat.S_ISLNK(told.st_mode)):
            continue
        yield place.as_posix(), told.st_size, told.st_mtime_ns


def look(
    landing: Path, before: Mapping[str, Sighting], now: float
) -> tuple[list[Sighting], dict[str, Sighting]]:
    """The files that are whole, and everything seen, to be given to the next look.

    A file is whole when an earlier look, at least STILL_FOR seconds ago, saw the same size and
    time of change.
    """
    whole = []
    seen = {}
    for path, size, modified in files(landing):
        sighting = Sighting(path, size, modified, now)
        known = before.get(path)
        if known is not None and known.state == sighting.state:
            sighting = known
            if now - known.since >= STILL_FOR:
                whole.append(known)
        seen[path] = sighting
    return whole, seen


def remember(seen: Mapping[str, Sighting]) -> str:
    """What was seen, as a sensor's cursor."""
    return json.dumps([[*told.state, told.since] for told in seen.values()])


def recall(cursor: str | None) -> dict[str, Sighting]:
    """What a cursor remembers; nothing when it is lost or of another make."""
    try:
        return {told[0]: Sighting(*told) for told in json.loads(cursor or "[]")}
    except (ValueError, TypeError, IndexError):
        return {}


@dataclass(frozen=True)
class Taken:
    """What became of a file: its new place, and its ingest or the reason of its refusal."""

    path: Path
    result: FileResult | None
    reason: str = ""


def take(settings: Settings, place: str) -> Taken | None:
    """Ingest a file of the landing folder and move it to `landed/<day>/`.

    What cannot be taken is moved to `refused/`, beside `<name>.reason.txt`, links too: only what
    lies in the folder itself is taken. Nothing is overwritten. A file loses the rows of persons
    who are marked as erased, before it is kept. None when it is no longer there. Raises BadInput
    for a place that is not below the folder, Transient errors where the file stays for another try.
    """
    source = settings.landing / place
    with inside(settings.landing, place) as found:
        if found is None:
            return None
        if not (found.is_file or found.is_link):
            raise BadInput(f"{source} is no file.")
        if found.is_link:
            return _refuse(
                settings, place, found, f"{source} is a link: put the file itself there."
            )
        try:
            (result,) = ingest_paths(settings, [source])
        except BadInput as error:
            return _refuse(settings, place, found, str(error))
        if not result.batch:
            return _refuse(settings, place, found, result.note)
        _still(found, source)
        if result.erased:
            _forget(settings, source)
        today = datetime.now(UTC).date().isoformat()
        target = _free(settings.landed / today / place)
        found.move(target)
    return Taken(target, result)


def _refuse(settings: Settings, place: str, found: Inside, reason: str) -> Taken:
    source = settings.landing / place
    _still(found, source)
    if found.is_file:
        _forget(settings, source)
    target = _free(settings.refused / place, beside=".reason.txt")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target.with_name(target.name + ".reason.txt"), f"{reason}\n".encode())
    if os.path.lexists(source):  # else it could not be read and held somebody who was erased
        found.move(target)
    return Taken(target, None, reason)


def _still(found: Inside, source: Path) -> None:
    """Raise Transient unless what was read is what lies there."""
    if not found.unchanged():
        raise Transient(f"{source} changed while it was taken in: it stays, and is taken in again.")


def _forget(settings: Settings, file: Path) -> None:
    """Take out of a file the rows of those who are marked as erased."""
    if marked := erased(settings):
        erase_file(file, Refused(marked), (household_of(file),))


def _free(wanted: Path, beside: str = "") -> Path:
    """The path, with a number before its ending when something is there already."""
    path, number = wanted, 1
    suffix = "".join(PurePosixPath(wanted.name).suffixes)
    stem = wanted.name.removesuffix(suffix)
    while path.exists() or (beside and path.with_name(path.name + beside).exists()):
        number += 1
        path = wanted.with_name(f"{stem}-{number}{suffix}")
    return path
