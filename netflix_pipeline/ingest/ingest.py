"""Files into bronze: every row is stored, a duplicate, or in quarantine with its reasons.

One pass over the file types and judges the rows, several parts at once, and lays the good ones down
by event day; then each day's rows are compared with what is stored and written as one file; at last
the manifest makes the batch count. Cut off anywhere, the same command starts anew and leaves the
same files.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.batches import Manifest, RowOutcomes, batch_name, remove_uncommitted
from netflix_pipeline.ingest.bronze_writer import Batch, write
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.ingest.export_kinds import Exports
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.ingest.identity_migration import rename, taking_in
from netflix_pipeline.ingest.journal import begin, unchanged, was_cut_off
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validate_file import Progress, read_file
from netflix_pipeline.lake import Lake
from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, Skipped, SourceFile, open_all

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
    sources, unknown = open_all(paths, options)
    if not sources:
        names = ", ".join(str(path) for path in paths)
        raise BadInput(f"no data file below {names}: expected CSV, NDJSON or Parquet files.")
    for file in unknown:
        skipped(file)
    # Where another file tells more of the same viewing, that one is taken.
    sources.sort(key=lambda source: source.adapter.nothing_else)
    lake = Lake(settings.lake)
    results = []
    with taking_in(settings, waiting):
        if was_cut_off(settings.root):
            remove_uncommitted(lake)
        replays = Failures()
        finish_replays(lake, replays)
        for names in replays.told:
            unfinished(names)
        arguments = [str(options), *(str(source.path.absolute()) for source in sources)]
        standing = settings.root / "ingest.json"
        taken = begin(standing, lake, arguments, now())
        exports = Exports(lake)
        for source in sources:
            # Looked at for each: who is marked meanwhile is not taken in any more.
            marked = erased(settings)
            failures = Failures()
            with failures.ends(str(source.path)):
                before = taken.get(str(source.path.absolute()))
                if before is None or not unchanged(source.path, before):
                    exports.check(str(source.path), source.source, source.household)
                    before = _ingest(
                        lake, source, settings.root / "staging", progress, now(), marked
                    )
                exports.note(before)
                results.append(result(source.path, before))
            if failures.told:
                failures.told.append(NOTHING_TAKEN)
                results.append(untaken(source.path, source.source, source.table, failures))
            done(results[-1])
        if all(each.batch for each in results):
            standing.unlink()
    return results


def untaken(path: Path, source: str, table: str, failures: Failures) -> FileResult:
    """What is told where nothing was taken."""
    return FileResult(path=path, source=source, table=table, note=str(failures))


def result(path: Path, manifest: Manifest) -> FileResult:
    """What its manifest tells of a batch."""
    outcome = {each.name: getattr(manifest, each.name) for each in fields(RowOutcomes)}
    return FileResult(path=path, batch=manifest.batch, **outcome)


def _ingest(
    lake: Lake,
    source: SourceFile,
    staging: Path,
    progress: Progress,
    received_at: datetime,
    marked: Marked | None,
) -> Manifest:
    with Staging(staging) as rows:
        read = read_file(source, rows, received_at, marked, progress)
        name, number = batch_name(lake, read.sha256)
        path = str(source.path.absolute())
        manifest = Manifest(
            batch=name,
            path=path,
            source=source.source,
            table=source.table,
            sha256=read.sha256,
            arrival=number,
            received_at=received_at,
            header=read.source.header,
            dates=read.source.dates,
        )
        batch = Batch(manifest, pl.lit(received_at), pl.lit(path), read.source.raw)
        taken = write(lake, batch, rows, read.arrival)
    if read.arrival.became:
        # Where that fails they are told by the next download.
        with Failures().ends(f"{source.path}: rows stored before do not get its ids"):
            rename(lake, read.arrival.became)
    return taken
