"""What an ingest would do with files: everything is read and judged, and nothing is written."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.batches import RowOutcomes
from netflix_pipeline.ingest.bronze_writer import fields_left_out
from netflix_pipeline.ingest.dedup_lookup import resolve_rows
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.ingest.export_kinds import Exports
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.ingest.row_identity import counted
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validate_file import Progress, Read, read_file
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, Skipped, open_all

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
    sources, unknown = open_all(paths, options or Options())
    if not sources:
        raise BadInput("no data file there: expected CSV, NDJSON or Parquet files.")
    for file in unknown:
        skipped(file)
    lake = Lake(settings.lake)
    exports, marked = Exports(lake), erased(settings)
    trials = []
    for source in sources:
        failures = Failures()
        trial = Trial(path=source.path, source=source.source, table=source.table)
        with failures.ends(str(source.path)):
            exports.check(str(source.path), source.source, source.household)
            with (
                TemporaryDirectory(prefix="netflix-pipeline-") as folder,
                Staging(Path(folder, "rows")) as rows,
            ):
                read = read_file(source, rows, now(), marked, progress)
                trial = _resolved(lake, read, rows)
        if failures.told:
            trial = dataclasses.replace(trial, note=str(failures))
        trials.append(trial)
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
