"""What of a home belongs into a backup, and how each of it is read while everything runs.

Files that are only ever added or replaced whole are read where they lie; of a lake in a store those
that it names at one moment are fetched, unless they were sent before. Databases are copied by
SQLite's online backup, which waits for nobody for long and sees one moment.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from netflix_pipeline.backup.listing import named
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.ingest.batches import JOURNALS
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.lake.lake_files import FolderFile, LakeFile, Stamp, files_below, stamp_of
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import state_file

OPTIONAL: Mapping[str, str] = {
    "tables": "lake/silver and lake/gold, which materialize builds from bronze",
    "history": "what Dagster recorded of runs",
    "files": "landed and refused, the files that came",
}
"""The parts that can be left out, and what they are."""

ELSEWHERE: Mapping[str, str] = {
    "event_log": "NETFLIX_EVENT_LOG",
    "state_database": "NETFLIX_STATE_DATABASE",
    "dagster_database": "NETFLIX_DAGSTER_DATABASE",
}
"""The settings that name a store beside the home, by their fields."""

COPIES = "backup.tmp"
"""The folder of a home in which databases are copied; nothing lies there between two backups."""
SINGLE = ("labels.toml", "passwords.set", "serving.version")
CUT_OFF = (*JOURNALS, "erasing.json")
"""What tells that something was cut off, and how to go on."""
STATE_FILES = ("erasures.key", "passwords.json", "sessions.key")
WATCHED = ("alerts.msgpack", "notified.msgpack", "silences.json")
PATIENCE = 60.0
"""Seconds to wait for who writes to a database."""


@dataclass(frozen=True)
class Source:
    """A file that is to be sent: its name in the backup, and where its bytes are.

    `stamp` is of the database whose file it is, or `copied` from, which may change without it: what
    is written goes to another file first. One that may be `unfinished` is left out where it goes on
    changing. Of a lake in a store it is `elsewhere`, and lies at `path` while it is `at_hand`.
    """

    name: str
    path: Path
    stamp: Stamp | None = None
    copied: bool = False
    unfinished: bool = False
    elsewhere: LakeFile | None = None

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """The time in which its bytes can be read. Raises FileNotFoundError where it is gone."""
        if self.elsewhere is None:
            yield
            return
        try:
            self.elsewhere.fetch(self.path)
            yield
        finally:
            self.path.unlink(missing_ok=True)


class Contents:
    """The files of a home, without the parts that are left out."""

    def __init__(self, settings: Settings, without: tuple[str, ...]) -> None:
        self._settings = settings
        self._without = without
        self._root = settings.root
        self._lake = Lake.of(settings)
        self._copies = settings.root / COPIES

    @contextmanager
    def of_one_moment(self, waiting: Callable[[], None] | None) -> Iterator[None]:
        """The time in which nobody takes anything in, on any machine that shares the lake."""
        with exclusive(self._root / "ingest.lock", waiting), self._lake.ingesting(waiting):
            yield

    def taken_in(self) -> Iterator[Source]:
        """What came in, the files of batches that count and their manifests, and what waits to.

        Of one moment while nobody takes anything in. What a batch without a manifest left is no
        part of it.
        """
        standing = self._lake.standing_batches()
        for source in self._stage("bronze"):
            name = source.name.rpartition("/")[2]
            if not name.endswith(".parquet") or name.split(".", 1)[0] in standing:
                yield source
        for name in CUT_OFF:
            yield self._as_it_lies(self._root / name)
        for path in files_below(self._settings.landing):
            yield Source(named(path, self._root), path, unfinished=True)

    def rest(self) -> Iterator[Source]:
        """What needs to be of no moment with anything else: each of it is right by itself."""
        settings = self._settings
        folders = []
        if "files" not in self._without:
            folders += [settings.landed, settings.refused]
        if "tables" not in self._without:
            for stage in ("silver", "gold"):
                yield from self._stage(stage)
        for folder in folders:
            for path in files_below(folder):
                yield self._as_it_lies(path)
        singles = [
            *(self._root / name for name in SINGLE),
            *(settings.state / name for name in STATE_FILES),
            *(settings.monitoring / name for name in WATCHED),
        ]
        if "history" not in self._without:
            singles.append(settings.dagster / "dagster.yaml")
        for path in singles:
            yield self._as_it_lies(path)

    def logged(self) -> Iterator[Source]:
        """The event log and what people put in: of the same moment as bronze, or later."""
        settings = self._settings
        if not settings.event_log:
            yield from self._copied(settings.events / "log.db")
        if not settings.state_database:
            yield from self._copied(state_file(settings))

    def recorded(self, is_known: Callable[[Source], bool]) -> Iterator[Source]:
        """What Dagster recorded, and what was measured of objectives.

        Databases are not copied that are known as they are, and that nobody has written to since.
        """
        settings = self._settings
        databases = [settings.monitoring / "objectives.sqlite"]
        if "history" not in self._without:
            databases += sorted(settings.dagster.rglob("*.db"))
        for path in databases:
            with suppress(FileNotFoundError):
                as_it_lies = Source(named(path, self._root), path, stamp_of(path.stat()))
                if is_known(as_it_lies) and not _written_ahead(path):
                    yield as_it_lies  # who sends it need not open it
                else:
                    yield from self._copied(path)

    def elsewhere(self) -> tuple[str, ...]:
        """The settings that name stores which are no part of the backup."""
        return tuple(name for field, name in ELSEWHERE.items() if getattr(self._settings, field))

    @contextmanager
    def copying(self) -> Iterator[None]:
        """The time in which databases are copied; no copy is left."""
        shutil.rmtree(self._copies, ignore_errors=True)
        self._copies.mkdir(mode=0o700, parents=True)
        try:
            yield
        finally:
            shutil.rmtree(self._copies, ignore_errors=True)

    def _stage(self, stage: str) -> Iterator[Source]:
        """The files of tables, by the names that they have or would have in the home."""
        for file in self._lake.every_file(stage):
            name = named(self._settings.lake / file.name, self._root)
            if isinstance(file, FolderFile):
                yield Source(name, file.path)
            else:
                copy = self._copies / uuid4().hex
                yield Source(name, copy, file.stamp, elsewhere=file)

    def _as_it_lies(self, path: Path) -> Source:
        return Source(named(path, self._root), path)

    def _copied(self, path: Path) -> Iterator[Source]:
        """A copy of a database, if it is there. Raises DamagedFile where it is damaged."""
        try:
            stamp = stamp_of(path.stat())
        except FileNotFoundError:
            return
        name = named(path, self._root)
        copy = self._copies / quote(name, safe="")
        copy_database(path, copy)
        yield Source(name, copy, stamp, copied=True)


def copy_database(path: Path, copy: Path) -> None:
    """A copy of a SQLite database as it is at one moment. Raises DamagedFile."""
    uri = f"file:{quote(str(path))}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            (told,) = target.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise DamagedFile(
            f"{path} cannot be backed up: {error}. netflix-pipeline doctor says what to do; the "
            "backups that there are stay as they are."
        ) from error
    if told != "ok":
        raise DamagedFile(
            f"{path} is damaged ({' '.join(str(told).split())}), and is not put in the place of "
            "what backups hold. netflix-pipeline doctor says what to do."
        )


def _written_ahead(path: Path) -> bool:
    """Whether something is written that is not in the database's own file yet."""
    with suppress(FileNotFoundError):
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    return False
