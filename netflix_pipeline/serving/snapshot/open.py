"""Reading published snapshots: each is opened read-only by its real path, and left for the next.

An answer is computed from one `Snapshot` from beginning to end. `Snapshots` hands out the current
one, and looks at the link now and then; readers of the old one finish on it, and it closes itself
when the last lets go.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

import duckdb
import polars as pl
from typing_extensions import override

from netflix_pipeline.background import repeating
from netflix_pipeline.errors import DamagedFile, Transient
from netflix_pipeline.serving.answer import SnapshotInfo
from netflix_pipeline.serving.snapshot.layout import layout_version
from netflix_pipeline.serving.snapshot.query_cancellation import (
    InterruptibleConnection,
    Parameters,
    stoppable,
)
from netflix_pipeline.serving.snapshot.replica import Replica
from netflix_pipeline.serving.snapshot.snapshot_files import current_version, snapshot_path

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks at the link."""
LOOK_AGAIN = 30.0
"""Seconds at most until a snapshot that could not be opened is tried again."""
MEGABYTES = 1024
"""Memory of all queries to a snapshot, where nothing else is said."""
PEOPLE = 1_000_000
"""Most people of a snapshot who are kept in memory, at about 250 bytes each; the same."""

TORN = (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException)
"""What DuckDB says of a file that it cannot read."""

Row = dict[str, Any]
T = TypeVar("T")
A_co = TypeVar("A_co", covariant=True)


class NoSnapshot(Transient):
    """Nothing was published yet, or nothing by this release that an answer needs."""


class DamagedSnapshot(DamagedFile):
    """The file of the snapshot was damaged while it is open."""


class Askable(Protocol[A_co]):
    """What a snapshot can be asked: the questions of `serving/questions`."""

    personal: ClassVar[bool]

    def asked(self, snapshot: "Snapshot") -> A_co:
        """Its answer from a snapshot."""


class Source(Protocol):
    """Where answers come from: the newest snapshot, or one that is held on to."""

    def current(self) -> "Snapshot":
        """The snapshot to answer from."""

    def ask(self, question: Askable[T]) -> T:
        """The answer to a question, from one snapshot, whatever is published meanwhile.

        Raises NoSnapshot when nothing was published, and what the question says.
        """
        return question.asked(self.current())


class Snapshot(Source):
    """One published version, open for reading by any number of threads.

    Its queries take so many `megabytes`, and up to so many `people` are kept in memory.
    Raises duckdb.Error when the file is torn or foreign; where it becomes so later, `problem` says
    so from the first query on that could not be answered.
    """

    def __init__(self, path: Path, megabytes: int = MEGABYTES, people: int = PEOPLE) -> None:
        self.path = path
        self.people = people
        self._connection = duckdb.connect(
            str(path),
            read_only=True,
            # Late materialisation reads a whole table again to find the few rows of one user.
            config={
                "memory_limit": f"{megabytes}MiB",
                "disabled_optimizers": "late_materialization",
            },
        )
        self.problem: str | None = None
        self._cursors = threading.local()
        self._kept: dict[str, object] = {}
        (row,) = self._rows(
            "SELECT version, built_at, data_from, data_to, as_of FROM snapshot_info"
        )
        now = datetime.now(UTC)
        for name in ("built_at", "as_of"):
            # Later than now where the clock was set back: nothing can be known of what is to come.
            row[name] = min(moment.replace(tzinfo=UTC), now) if (moment := row[name]) else None
        self.info = SnapshotInfo(**row)

    @override
    def current(self) -> Self:
        """Itself: a snapshot is a source that never moves on."""
        return self

    def rows(self, query: str, parameters: Parameters = ()) -> list[Row]:
        """The rows of a query, as dicts; parameters are bound. Stopped when its question is."""
        with self._telling_damage():
            return self._rows(query, parameters)

    def _rows(self, query: str, parameters: Parameters = ()) -> list[Row]:
        cursor = self._cursor()
        with stoppable(cursor), InterruptibleConnection(cursor) as heard:
            rows = heard.run(lambda: cursor.execute(query, parameters).fetchall())
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def frame(self, query: str, parameters: Parameters = ()) -> pl.DataFrame:
        """The rows of a query as a table; parameters are bound."""
        cursor = self._cursor()
        with self._telling_damage(), stoppable(cursor), InterruptibleConnection(cursor) as heard:
            table = heard.run(lambda: cursor.sql(query, params=parameters or None).to_arrow_table())
        result = pl.from_arrow(table)
        assert isinstance(result, pl.DataFrame)
        return result

    def pairs(self, query: str, parameters: Parameters = ()) -> dict[Any, Any]:
        """The rows of a query of two columns: the second by the first."""
        return dict(list(row.values()) for row in self.rows(query, parameters))

    def row(self, query: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query; None when it has none."""
        return next(iter(self.rows(query, parameters)), None)

    def attach_memory(self, name: str) -> None:
        """A database of that name in memory beside the file, gone with the snapshot.

        Snapshots of one file that are open at the same time share it.
        """
        self._cursor().execute(f"ATTACH IF NOT EXISTS ':memory:' AS {name} (READ_WRITE)")

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Something computed once and kept as long as the snapshot is open."""
        if name not in self._kept:
            self._kept.setdefault(name, make())  # of two that make it, one's stays
        return cast("T", self._kept[name])

    def held(self, name: str) -> Any:
        """The same if it is there by now, else None."""
        return self._kept.get(name)

    @contextmanager
    def _telling_damage(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            (told,) = self._rows("SELECT layout FROM held.state")
            if told["layout"] == layout_version():
                raise
            raise NoSnapshot(
                f"{self.path.name} was published by another release and lacks what this answer "
                "needs: netflix-pipeline materialize builds that and publishes it."
            ) from error
        except TORN as error:
            said = str(error).splitlines()[0]
            self.problem = (
                f"{self.path} cannot be read ({said}). Publish again: netflix-pipeline publish "
                "--full; answers then come from the new snapshot."
            )
            raise DamagedSnapshot(self.problem) from error

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = getattr(self._cursors, "cursor", None)
        if cursor is None:
            cursor = self._cursors.cursor = self._connection.cursor()
        return cast("duckdb.DuckDBPyConnection", cursor)


class Snapshots(Source):
    """The snapshots published in a folder; `current()` is the newest that can be read.

    `problem` says why a newer one could not be opened, None when all is well. `prepare` is called
    with a new one before it is moved to; meanwhile answers come from the old one. A `replica`
    fetches new ones into the folder.
    """

    def __init__(
        self,
        folder: Path,
        megabytes: int = MEGABYTES,
        people: int = PEOPLE,
        replica: Replica | None = None,
    ) -> None:
        self.replica = replica
        self._open_at = partial(Snapshot, megabytes=megabytes, people=people)
        self.prepare: Callable[[Snapshot], None] | None = None
        self._folder = folder
        self.held: Snapshot | None = None
        """The snapshot that is open now, without a look at the disk."""
        self._file: tuple[int, int] | None = None
        self._tried: int | None = None
        self._again_after = LOOK_EVERY
        self._again_at = float("-inf")
        self._looked = float("-inf")
        self._moving = threading.Lock()
        self.problem: str | None = None
        self.followed = False
        """Whether somebody else looks for new ones: no question waits for one to be opened."""

    @property
    def missing(self) -> str | None:
        """Why there is no newer one, or none; None when all is well."""
        return self.problem or (self.replica.problem if self.replica else None)

    @override
    def current(self) -> Snapshot:
        """The newest snapshot that can be read; NoSnapshot when there is none."""
        waits = self.held is None or not self.followed
        if waits and time.monotonic() - self._looked >= LOOK_EVERY:
            self.follow()
        snapshot = self.held
        if snapshot is None:
            with self._moving:  # another thread may be opening the first one right now
                snapshot = self.held
        if snapshot is None:
            raise NoSnapshot(
                self.missing
                or f"nothing is published in {self._folder} yet: ingest data and materialize it, "
                "the answer then appears by itself."
            )
        return snapshot

    def follow(self) -> None:
        """Look at the link and move to the snapshot that it names, when it is another."""
        if not self._moving.acquire(blocking=self.held is None):
            return  # somebody else is on it
        try:
            self._looked = time.monotonic()
            version = current_version(self._folder)
            if version is None:
                return
            if self.held is not None and version == self.held.info.version:
                self._look_at_file(version)
            elif version != self._tried or self._looked >= self._again_at:
                self._move(version)
        finally:
            self._moving.release()

    def _move(self, version: int) -> None:
        path = snapshot_path(self._folder, version)
        try:
            file = _file(path)
            opened = self._open_at(path)
        except FileNotFoundError:
            return  # pruned between the two looks: the link has moved on
        except (duckdb.Error, OSError, ValueError) as error:
            if path.exists():
                self._failed(version, f"{path.name} cannot be read ({str(error).splitlines()[0]})")
        else:
            if self.prepare is not None:
                self.prepare(opened)
            self.held, self._file, self._tried, self.problem = opened, file, None, None

    def _failed(self, version: int, reason: str) -> None:
        """Try it again after a while, twice as long each time: what failed may be for a moment."""
        again = version == self._tried
        self._again_after = min(2 * self._again_after, LOOK_AGAIN) if again else LOOK_EVERY
        self._again_at = self._looked + self._again_after
        self._tried = version
        self.problem = f"{reason}. It is tried again; where it stays so, publish again with --full."
        if not again:
            log.warning("%s Answers still come from the last good one.", self.problem)

    def _look_at_file(self, version: int) -> None:
        """Tell when the file that is open is no longer the one of that name.

        DuckDB would go on reading the old one, also in a new connection.
        """
        self.problem = None
        path = snapshot_path(self._folder, version)
        with suppress(OSError):
            if _file(path) != self._file:
                self.problem = (
                    f"{path} is another file than the one that was opened, under the same version: "
                    "the home was exchanged. Restart the service."
                )


@asynccontextmanager
async def following(snapshots: Snapshots) -> AsyncIterator[None]:
    """Open the current snapshot, and move to each new one meanwhile, off the event loop.

    Also while nobody asks.
    """
    await asyncio.to_thread(snapshots.follow)
    look = partial(asyncio.to_thread, snapshots.follow)
    fetching = snapshots.replica.following() if snapshots.replica else nullcontext()
    async with repeating("snapshots", look, LOOK_EVERY), fetching:
        snapshots.followed = True
        try:
            yield
        finally:
            snapshots.followed = False


def _file(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_dev, stat.st_ino
