"""Files into bronze: every row is stored, a duplicate, or in quarantine with its reasons.

One pass over the file types and judges the rows, several parts at once, and lays the good ones down
by event day; then each day's rows are compared with what is stored and written as one file; at last
the manifest makes the batch count. Cut off anywhere, the same command starts anew and leaves the
same files.

A dry run (`try_paths`) tells what an ingest would do: everything is read and judged, nothing
written.
"""

import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.batches import (
    Manifest,
    RowOutcomes,
    begin,
    remove_uncommitted,
    unchanged,
    was_cut_off,
)
from netflix_pipeline.ingest.bronze_writer import Arrival, fields_left_out
from netflix_pipeline.ingest.dedup_lookup import counted, resolve_rows
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.ingest.export_kinds import Exports
from netflix_pipeline.ingest.fault_isolation import Failures, sets_aside
from netflix_pipeline.ingest.file_groups import FileGroup, Incoming, Read, write_alone
from netflix_pipeline.ingest.identity_migration import taking_in
from netflix_pipeline.ingest.ordered_parallel import ahead, in_order
from netflix_pipeline.ingest.plausibility import MUCH, not_taken, refuse_misread
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validate_chunk import validate_chunk
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake
from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, Skipped, SourceFile, open_all

Progress = Callable[[Path, int, int], None]
"""Called with a file, the bytes of it that were read so far, and its size."""


def read_file(
    source: SourceFile,
    rows: Staging,
    received_at: datetime,
    marked: Marked | None,
    progress: Progress,
) -> Read:
    """Read a file to its end; `rows` gets those that can be taken.

    Raises BadInput for a file that cannot be taken: where the order of day and month in its dates
    is open, or a mapping reads its numbers wrongly.
    """
    read = _read(source, rows, received_at, marked, progress)
    if read is None:
        # All of the file's dates decide their order, then it is read anew.
        rows.forget()
        source = source.decided(_Bytes(source.path, progress).on_bytes)
        read = _read(source, rows, received_at, marked, progress)
    assert read is not None
    arrival = read.arrival
    if source.mapping is not None:
        refuse_misread(source.path, source.table, arrival.measured)
    well_formed = arrival.received - arrival.unparsable - arrival.erased
    arrival.notes += not_taken(read.source, arrival.measured, well_formed)
    return read


def _read(
    source: SourceFile,
    rows: Staging,
    received_at: datetime,
    marked: Marked | None,
    progress: Progress,
) -> Read | None:
    """As read_file; None where the order of the file's dates must be decided first."""
    read = _Bytes(source.path, progress)
    arrival = Arrival()
    judge = partial(
        validate_chunk,
        source.table,
        source.source,
        received_at=received_at,
        erased=marked,
        measured=0.0 if source.mapping is not None else MUCH,
    )
    try:
        jobs = (partial(judge, part) for part in source.parts(read.on_bytes))
        with closing(in_order(jobs)) as parts:
            for part in parts:
                if part.undecided:
                    return None
                arrival.take(part)
                rows.add(part.good)
    except BadInput as error:
        if not arrival.received:
            raise
        # What could be read before the damage is good: it is kept, and the note says so.
        arrival.notes.append(str(error))
    if not arrival.received:
        arrival.notes.append(f"{source.path}: it has a header and no rows; check that it is whole")
    elif arrival.torn is not None and arrival.unparsable == arrival.received:
        line, why = arrival.torn
        arrival.notes.append(
            f"{source.path}: none of its rows can be read ({arrival.received:,}; line {line}: "
            f"{why}), so all of them go to quarantine; write the file anew"
        )
    return Read(source, arrival, read.digest.hexdigest())


class _Bytes:
    """The bytes of a file while it is read: their digest, and how far it is."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.digest = hashlib.sha256()
        self._path = path
        self._progress = progress
        self._size = path.stat().st_size
        self._read = 0

    def on_bytes(self, block: bytes) -> None:
        self.digest.update(block)
        self._read += len(block)
        self._progress(self._path, self._read, self._size)


SMALL = 64 * 2**20
"""Bytes of a file that is read while the one before it is written: both are in memory then."""

log = logging.getLogger(__name__)

NOTHING_TAKEN = "nothing of the file was taken: once that is mended, it can be ingested again"


@dataclass(frozen=True, kw_only=True)
class FileResult(RowOutcomes):
    """What became of one file. Without a `batch` nothing of it was taken."""

    path: Path
    batch: str = ""


def ingest_paths(
    settings: Settings,
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    progress: Progress = lambda *_: None,
    waiting: Callable[[], None] | None = None,
    done: Callable[[FileResult], None] = lambda _: None,
    skipped: Callable[[Skipped], None] = lambda _: None,
    unfinished: Callable[[str], None] = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[FileResult]:
    """Take in files and folders; returns what became of each file.

    Every file is recognised before the first is read: UnrecognisedSource touches nothing. One that
    then cannot be taken is told in its result, and the others are. Raises BadInput for a path where
    nothing can be read, StorageFull when the disk is full. `waiting`
    is called once when another ingest must end first, `done` after each file, `skipped` for each
    file of a folder that no adapter knows, `unfinished` for each replay of before that was cut off
    and cannot be finished. After one that was cut off, or in which some failed, the
    same call goes on with the files that it had not taken.
    """
    options = options or Options()
    sources = _opened(paths, options, skipped)
    # Where another file tells more of the same viewing, that one is taken.
    sources.sort(key=lambda source: source.adapter.nothing_else)
    with taking_in(settings, waiting) as lake, _emptied(settings.root / "staging") as staging:
        if was_cut_off(settings.root):
            remove_uncommitted(lake)
        replays = Failures()
        finish_replays(lake, replays)
        for names in replays.told:
            unfinished(names)
        arguments = [str(options), *(str(source.path.absolute()) for source in sources)]
        standing = settings.root / "ingest.json"
        taken = begin(standing, lake, arguments, now())

        def read(number: int, source: SourceFile) -> Manifest | Incoming:
            before = taken.get(str(source.path.absolute()))
            if before is not None and unchanged(source.path, before):
                return before
            # Looked at for each: who is marked meanwhile is not taken in any more.
            marked = erased(settings)
            return _incoming(source, staging / str(number), now(), marked, progress)

        jobs = [partial(read, number, source) for number, source in enumerate(sources)]
        writing = _Writing(lake, staging / "together", done)
        with closing(ahead(jobs, map(_is_small, sources))) as begun:
            for source, reading in zip(sources, begun, strict=True):
                writing.take(source, reading)
            writing.write()
        if all(each.batch for each in writing.results):
            standing.unlink()
    return writing.results


class _Writing:
    """Writes files that were read, and tells what became of each, in their order.

    Those that are to be written together wait for the next.
    """

    def __init__(self, lake: Lake, folder: Path, done: Callable[[FileResult], None]) -> None:
        self.results: list[FileResult] = []
        self._lake = lake
        self._folder = folder
        self._done = done
        self._exports = Exports(lake)
        self._waiting = FileGroup(folder)

    def take(self, source: SourceFile, reading: Callable[[], Manifest | Incoming]) -> None:
        """Take a file that is read by now, or was taken in before."""
        known: Manifest | Incoming | None = None
        failures = Failures()
        with failures.ends(str(source.path)):
            known = reading()
        if isinstance(known, Incoming) and known.may_join:
            if not self._waiting.takes(known):
                self.write()
            self._waiting.add(known)
            return
        self.write()
        if known is None:
            self._tell(_failed(source, failures))
        else:
            self._alone(source, known)

    def write(self) -> None:
        """Write the files that wait; each by itself where that fails together."""
        group, self._waiting = self._waiting, FileGroup(self._folder)
        if len(group.files) > 1:
            try:
                manifest = group.write(self._lake)
            except BaseException as error:
                if not sets_aside(error):
                    raise
                log.exception("%d files cannot be written together", len(group.files))
                for each in group.files:
                    self._alone(each.read.source, each.anew)
            else:
                told = zip(group.files, manifest.by_file(), strict=True)
                self._tell(*(result(each.read.source.path, outcome) for each, outcome in told))
        else:
            for each in group.files:
                self._alone(each.read.source, replace(each, rows=group.rows))
        group.rows.forget()

    def _alone(
        self, source: SourceFile, known: Manifest | Incoming | Callable[[], Incoming]
    ) -> None:
        """Write a file by itself, unless it was taken in before."""
        failures = Failures()
        told: list[FileResult] = []
        with failures.ends(str(source.path)):
            if callable(known):
                known = known()
            if isinstance(known, Incoming):
                with known.held:
                    self._exports.check(str(source.path), source.source, source.household)
                    known = write_alone(self._lake, known)
            self._exports.note(known)
            told.append(result(source.path, known))
        self._tell(*(told or [_failed(source, failures)]))

    def _tell(self, *told: FileResult) -> None:
        self._lake.commit()
        self.results += told
        for each in told:
            self._done(each)


def _failed(source: SourceFile, failures: Failures) -> FileResult:
    note = f"{failures}; {NOTHING_TAKEN}"
    return FileResult(path=source.path, source=source.source, table=source.table, note=note)


def _is_small(source: SourceFile) -> bool:
    with suppress(OSError):  # that it cannot be read is told when it is
        return source.path.stat().st_size <= SMALL
    return False


def _opened(
    paths: Iterable[Path], options: Options, skipped: Callable[[Skipped], None]
) -> list[SourceFile]:
    """The files that are to be taken in; BadInput where there is none."""
    paths = list(paths)
    sources, unknown = open_all(paths, options)
    if not sources:
        names = ", ".join(map(str, paths))
        raise BadInput(f"no data file below {names}: expected CSV, NDJSON or Parquet files.")
    for file in unknown:
        skipped(file)
    return sources


def result(path: Path, manifest: Manifest) -> FileResult:
    """What its manifest tells of a batch."""
    outcome = {each.name: getattr(manifest, each.name) for each in fields(RowOutcomes)}
    return FileResult(path=path, batch=manifest.batch, **outcome)


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder that holds nothing of before, and is gone in the end."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _incoming(
    source: SourceFile,
    folder: Path,
    received_at: datetime,
    marked: Marked | None,
    progress: Progress,
) -> Incoming:
    anew = partial(_incoming, source, folder, received_at, marked, progress)
    with ExitStack() as stack:
        rows = stack.enter_context(Staging(folder))
        read = read_file(source, rows, received_at, marked, progress)
        return Incoming(read, rows, received_at, anew, stack.pop_all())


SHOWN = 10
"""Rows of a file that are shown."""


@dataclass(frozen=True, kw_only=True)
class Trial(RowOutcomes):
    """What would become of one file.

    `reasons` counts the quarantined rows by reason (of which a row can have several). `first` are
    the first rows as they would be stored, with their `line`.
    """

    path: Path
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    first: pl.DataFrame = field(default_factory=pl.DataFrame)


def try_paths(
    settings: Settings,
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    progress: Progress = lambda *_: None,
    skipped: Callable[[Skipped], None] = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Trial]:
    """What `ingest_paths` would do with each file, as if it were the only one.

    Raises what it raises where no file can be read at all. Writes nothing to the home; rows that
    do not fit into memory go to the system's temporary folder.
    """
    sources = _opened(paths, options or Options(), skipped)
    lake = Lake.of(settings)
    exports, marked = Exports(lake), erased(settings)
    trials = []
    for source in sources:
        failures = Failures()
        with failures.ends(str(source.path)):
            exports.check(str(source.path), source.source, source.household)
            with (
                TemporaryDirectory(prefix="netflix-pipeline-") as folder,
                Staging(Path(folder, "rows")) as rows,
            ):
                read = read_file(source, rows, now(), marked, progress)
                trials.append(_resolved(lake, read, rows))
        if failures.told:
            trials.append(
                Trial(
                    path=source.path,
                    source=source.source,
                    table=source.table,
                    note=str(failures),
                )
            )
    return trials


def _resolved(lake: Lake, read: Read, rows: Staging) -> Trial:
    """What becomes of the rows, compared with what is stored."""
    source, arrival = read.source, read.arrival
    table, committed = f"bronze/{source.table}", lake.committed_batches()
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    first = pl.DataFrame()
    for bad in arrival.quarantine:
        counts["quarantined"] += bad.height
        reasons.update(bad["reasons"].explode().to_list())
    for days in rows.groups():
        new = counted(source.table, source.source, rows.take(days))
        resolved = resolve_rows(lake, table, days, new, committed)
        counts["stored"] += resolved.stored.height
        counts["duplicate"] += resolved.duplicate.height
        if resolved.conflict.height:
            counts["quarantined"] += resolved.conflict.height
            reasons["conflicting_duplicate"] += resolved.conflict.height
        left_out += fields_left_out(resolved.stored)
        shown = resolved.stored.select("line", *payload(source.table)).sort("line").head(SHOWN)
        first = pl.concat([first, shown]).sort("line").head(SHOWN) if first.height else shown
    return Trial(
        path=source.path,
        source=source.source,
        table=source.table,
        received=arrival.received,
        **counts,
        erased=arrival.erased,
        reasons=reasons,
        left_out=left_out,
        first=first,
        dates=source.dates,
        note="; ".join(arrival.notes),
    )
