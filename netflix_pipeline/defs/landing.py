"""Files that land: which are whole, and where each goes when it was taken."""

import hashlib
import json
import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from itertools import chain, count, islice
from pathlib import Path, PurePosixPath
from time import time_ns

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.defs.safe_path import Inside, inside
from netflix_pipeline.erasing import erase_file
from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.sidecar import BESIDE, household_of, options_beside, told_beside

UNFINISHED = (".tmp", ".part", ".crdownload")
"""Endings of files that somebody is still writing."""

REASON = ".reason.txt"
"""What is appended to the name of a file that is refused for that of the note beside it."""

STILL_FOR = 4.0
"""Seconds for which a file must not change before it is taken for whole."""

WATCHED = 1_000
"""Files that are looked at, and taken in by one run."""

LISTED = 100_000
"""Names that a look lists."""

LONGEST_NAME = 255
"""Bytes of a name, as file systems allow them."""

LONGEST_ENDING = 64
"""Bytes of endings that a shortened name keeps."""

log = logging.getLogger(__name__)


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


def files(landing: Path) -> Iterator[str]:
    """The places below the folder at which a file may lie that is to be taken in.

    What is hidden or unfinished by its name is left out; so is a folder that cannot be read, and
    what tells of a file beside it.
    """
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with suppress(OSError), os.scandir(landing / below) as entries:
            for entry in entries:
                place = f"{below}/{entry.name}" if below else entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(place)
                elif not entry.name.endswith((*UNFINISHED, BESIDE)):
                    yield place


def look(
    landing: Path, before: Mapping[str, Sighting], now: float
) -> tuple[list[Sighting], dict[str, Sighting]]:
    """The files that are whole, and everything seen, to be given to the next look.

    A file is whole when an earlier look, at least STILL_FOR seconds ago, saw the same size and
    time of change. Of very many, WATCHED are looked at: those that stay the same, and of the
    others the newest, which so never wait behind a flood, and some by turns. A look that lies
    ahead of the clock, which was set back since, does not count.
    """
    places = sorted(islice(files(landing), LISTED))
    seen = {
        place: known
        for place in places
        if (known := before.get(place))
        and known.since <= now
        and _sighting(landing, place, known.since) == known
    }
    others = [place for place in places if place not in seen]
    seen |= {
        place: sighting
        for place in _chosen(landing, others, WATCHED - len(seen), now)
        if (sighting := _sighting(landing, place, now))
    }
    whole = [sighting for sighting in seen.values() if now - sighting.since >= STILL_FOR]
    for sighting in whole:
        if not sighting.path.isprintable():
            _spell(landing, sighting.path)
    named = [sighting for sighting in whole if sighting.path.isprintable()]
    return sorted(named, key=lambda file: (file.since, file.path)), seen


def _chosen(landing: Path, places: Sequence[str], most: int, now: float) -> Iterable[str]:
    """So many of the places: the newest for one half, others by turns."""
    if len(places) <= most:
        return places

    def changed(place: str) -> int:
        with suppress(OSError):
            return (landing / place).lstat().st_mtime_ns
        return 0

    newest = nlargest(max(0, most) // 2, places, key=changed)
    turn = int(now) % len(places)
    others = islice(chain(places[turn:], places[:turn]), max(0, most))
    return islice(dict.fromkeys(chain(newest, others)), max(0, most))


def _sighting(landing: Path, place: str, since: float) -> Sighting | None:
    """A file or link as it is now; None for anything else, and for what is gone."""
    with suppress(OSError):
        status = (landing / place).lstat()
        if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            return Sighting(place, status.st_size, status.st_mtime_ns, since)
    return None


def _spell(landing: Path, place: str) -> None:
    """Give what has no printable name one, in which %0A stands for a line break and %FF for a byte.

    One name of the place at a time, from the left; a name that is no UTF-8 can stand in no record.
    """
    parts = place.split("/")
    at = next(number for number, part in enumerate(parts) if not part.isprintable())
    spelled = "".join(
        sign if sign.isprintable() else "".join(f"%{byte:02X}" for byte in os.fsencode(sign))
        for sign in parts[at]
    )
    try:
        with inside(landing, "/".join(parts[: at + 1])) as file:
            if file is not None:
                file.move(_free(landing.joinpath(*parts[:at], spelled)))
    except (OSError, BadInput) as error:
        log.warning("%r stays in %s and is not taken in: %s", place, landing, error)


def run_key(whole: Sequence[Sighting]) -> str:
    """The same for the same files in the same state: by it a run is asked for once."""
    states = repr([sighting.state for sighting in whole])
    return hashlib.blake2b(states.encode(), digest_size=12).hexdigest()


def remember(seen: Mapping[str, Sighting]) -> str:
    """What was seen, as a sensor's cursor."""
    return json.dumps([[*sighting.state, sighting.since] for sighting in seen.values()])


def recall(cursor: str | None) -> dict[str, Sighting]:
    """What a cursor remembers; nothing when it is lost or of another make."""
    try:
        return {fields[0]: Sighting(*fields) for fields in json.loads(cursor or "[]")}
    except (ValueError, TypeError, IndexError):
        return {}


@dataclass(frozen=True)
class TakenFile:
    """What became of a file: its new place, and its ingest or the reason of its refusal."""

    path: Path
    result: FileResult | None
    reason: str = ""


def take(settings: Settings, place: str) -> TakenFile | None:
    """Ingest a file of the landing folder and move it to `landed/<day>/`.

    What cannot be taken is moved to `refused/`, beside `<name>.reason.txt`, links too: only what
    lies in the folder itself is taken. A `<name>.toml` beside it tells how to read it, and goes
    with it. Nothing is overwritten. A file loses the rows of persons who are marked as erased,
    before it is kept. None when it is no longer there. Raises BadInput for a place that is not
    below the folder, Transient errors where the file stays for another try.
    """
    source = settings.landing / place
    with inside(settings.landing, place) as file, _beside(settings, place) as sidecar:
        if file is None:
            return None
        if not (file.is_file or file.is_link):
            raise BadInput(f"{source} is no file.")
        beside = source.with_name(source.name + BESIDE)
        for each, path in ((file, source), (sidecar, beside)):
            if each is not None and not each.is_file:
                what = "a link" if each.is_link else "no file"
                reason = f"{path} is {what}: put the file itself there."
                return _refuse(settings, place, file, reason, sidecar)
        try:
            options = None if sidecar is None else options_beside(beside)
            (result,) = ingest_paths(settings, [source], options)
        except BadInput as error:
            return _refuse(settings, place, file, str(error), sidecar)
        if not result.batch:
            return _refuse(settings, place, file, result.note, sidecar)
        _still(file, source)
        if result.erased:
            _forget(settings, source)
        today = datetime.now(UTC).date().isoformat()
        target = _free(settings.landed / today / place, *([BESIDE] if sidecar else []))
        file.move(target)
        if sidecar is not None:
            sidecar.move(target.with_name(target.name + BESIDE))
    return TakenFile(target, result)


def _beside(settings: Settings, place: str) -> AbstractContextManager[Inside | None]:
    """What tells of the file at a place, if anything does."""
    if len(os.fsencode(place.rpartition("/")[2] + BESIDE)) > LONGEST_NAME:
        return nullcontext()
    return inside(settings.landing, place + BESIDE)


def set_aside(settings: Settings, place: str, error: BaseException) -> TakenFile | None:
    """Refuse a file at which something failed that nobody thought of: it blocks no other."""
    with inside(settings.landing, place) as file, _beside(settings, place) as sidecar:
        if file is None:
            return None
        reason = (
            f"{settings.landing / place}: taking it in failed with {type(error).__name__}: "
            f"{error}. Report it; the file can be put into the landing folder again."
        )
        return _refuse(settings, place, file, reason, sidecar)


def _refuse(
    settings: Settings, place: str, file: Inside, reason: str, sidecar: Inside | None
) -> TakenFile:
    source = settings.landing / place
    _still(file, source)
    if file.is_file:
        _forget(settings, source)
    target = _free(settings.refused / place, REASON, BESIDE)
    target.parent.mkdir(parents=True, exist_ok=True)
    note = target.with_name(target.name + REASON)
    write_bytes(note, f"{reason}\n".encode(errors="replace"), drafts=note.parent)
    if os.path.lexists(source):  # else it could not be read and held somebody who was erased
        file.move(target)
    if sidecar is not None:
        sidecar.move(target.with_name(target.name + BESIDE))
    return TakenFile(target, None, reason)


def _still(file: Inside, source: Path) -> None:
    """Raise Transient unless what was read is what lies there."""
    if not file.is_still(source):
        raise Transient(f"{source} changed while it was taken in: it stays, and is taken in again.")


def _forget(settings: Settings, file: Path) -> None:
    """Take out of a file the rows of those who are marked as erased."""
    if marked := erased(settings):
        erase_file(file, marked, (household_of(file, told_beside(file).household),))


def _free(wanted: Path, *beside: str) -> Path:
    """The path, with a number before its ending when something is there already.

    A name is shortened where it would be too long, or those of what may stand `beside` it.
    """
    longest = max(map(len, beside), default=0)
    for number in chain(range(1, 10), (time_ns() + tries for tries in count())):
        path = wanted.with_name(_numbered(wanted.name, number, LONGEST_NAME - longest))
        taken = [path, *(path.with_name(path.name + ending) for ending in beside)]
        if not any(map(os.path.lexists, taken)):
            break
    return path


def _numbered(name: str, number: int, most: int) -> str:
    path = PurePosixPath(name)
    endings = ("".join(path.suffixes), path.suffix, "")
    ending = next(each for each in endings if len(os.fsencode(each)) <= LONGEST_ENDING)
    stem = os.fsencode(name.removesuffix(ending))
    last = ending if number == 1 else f"-{number}{ending}"
    return stem[: most - len(os.fsencode(last))].decode(errors="ignore") + last
