"""Files into bronze: every row is stored, a duplicate, or in quarantine with its reasons.

One pass over the file types and judges the rows, several parts at once, and lays the good ones down
by event day; then each day's rows are compared with what is stored and written as one file; at last
the manifest makes the batch count. Cut off anywhere, the same command starts anew and leaves the
same files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import Contract, contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.ahead import in_order
from netflix_pipeline.ingest.batches import Manifest, batch_name, commit, remove_uncommitted
from netflix_pipeline.ingest.journal import journal, unchanged
from netflix_pipeline.ingest.mentions import Mentions
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.ingest.resolving import reach, resolve_days, resolve_partition
from netflix_pipeline.ingest.rules import key
from netflix_pipeline.ingest.sorting import Sorted, sort_out
from netflix_pipeline.ingest.staging import Staging, detached
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.lake.files import Unsynced
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, Skipped, SourceFile, open_all

Progress = Callable[[Path, int, int], None]
"""Called with a file, the bytes of it that were read so far, and its size."""

GROUPS_AT_ONCE = 2
"""Groups of days that are compared and written side by side."""


@dataclass(frozen=True)
class FileResult:
    """What became of one file: rows received = stored + duplicate + quarantined.

    `note` says why reading stopped early, or that there was nothing to read.
    """

    path: Path
    source: str
    table: str
    batch: str
    received: int
    stored: int
    duplicate: int
    quarantined: int
    note: str = ""


@dataclass(frozen=True)
class _Lineage:
    """What every row of a batch carries."""

    source: str
    received_at: datetime
    sha256: str
    batch: str
    arrival: int

    def columns(self) -> dict[str, pl.Expr]:
        """As columns of bronze."""
        return {
            "source": pl.lit(self.source),
            "received_at": pl.lit(self.received_at),
            "batch": pl.lit(self.batch),
        }


@dataclass(frozen=True)
class _Written:
    """What became of the rows of a group of days: rows stored by day, and those that were not."""

    stored: dict[date | None, int]
    duplicate: pl.DataFrame
    conflict: pl.DataFrame


_CONFLICT = pl.DataFrame(schema={"line": pl.Int64, "identity": pl.String})
_DUPLICATE = _CONFLICT.with_columns(identity_date=pl.lit(None, pl.Date))


@dataclass
class _Arrival:
    """A file on its way in."""

    received: int = 0
    note: str = ""
    quarantine: list[pl.DataFrame] = field(default_factory=list)
    mentions: Mentions = field(default_factory=Mentions)

    def take(self, part: Sorted) -> None:
        """Take note of a part of it."""
        self.received += part.received
        self.quarantine += part.bad
        self.mentions.tell(part.titles)


def ingest_paths(
    settings: Settings,
    paths: Iterable[Path],
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
    done: Callable[[FileResult], None] | None = None,
    skipped: Callable[[Skipped], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[FileResult]:
    """Take in files and folders; returns what became of each file.

    Every file is recognised before the first is read: UnrecognisedSource touches nothing. Raises
    BadInput for a file or folder that cannot be read, StorageFull when the disk is full. `waiting`
    is called once when another ingest must end first, `done` after each file, `skipped` for each
    file of a folder that no adapter knows. After one that was cut off, the same call goes on with
    the files that it had not taken.
    """
    options = options or Options()
    sources, unknown = open_all(paths, options)
    if not sources:
        told = ", ".join(str(path) for path in paths)
        raise BadInput(f"no data file below {told}: expected CSV, NDJSON or Parquet files.")
    if skipped is not None:
        for file in unknown:
            skipped(file)
    lake = Lake(settings.lake)
    results = []
    with exclusive(settings.root / "ingest.lock", waiting):
        remove_uncommitted(lake)
        finish_replays(lake)
        asked = [str(options), *(str(source.path.absolute()) for source in sources)]
        with journal(settings.root / "ingest.json", lake, asked, now()) as taken:
            for source in sources:
                before = taken.get(str(source.path.absolute()))
                if before is None or not unchanged(source.path, before):
                    before = _ingest(lake, source, settings.root / "staging", progress, now())
                result = _result(source.path, before)
                results.append(result)
                if done is not None:
                    done(result)
    return results


def _result(path: Path, told: Manifest) -> FileResult:
    return FileResult(
        path,
        told.source,
        told.table,
        told.batch,
        told.received,
        told.stored,
        told.duplicate,
        told.quarantined,
        told.note,
    )


def _ingest(
    lake: Lake, source: SourceFile, staging: Path, progress: Progress | None, received_at: datetime
) -> Manifest:
    digest = hashlib.sha256()
    size = source.path.stat().st_size
    read = 0

    def on_bytes(block: bytes) -> None:
        nonlocal read
        digest.update(block)
        read += len(block)
        if progress is not None:
            progress(source.path, read, size)

    arrival = _Arrival()
    with Staging(staging) as rows:
        try:
            jobs = (
                partial(sort_out, source.table, source.source, part, received_at)
                for part in source.parts(on_bytes)
            )
            with closing(in_order(jobs)) as parts:
                for part in parts:
                    arrival.take(part)
                    rows.add(part.good)
        except BadInput as error:
            if not arrival.received:
                raise
            # What could be read before the damage is good: it is kept, and the note says so.
            arrival.note = str(error)
        if not arrival.received:
            arrival.note = f"{source.path}: it has a header and no rows; check that it is whole"
        sha256 = digest.hexdigest()
        lineage = _Lineage(source.source, received_at, sha256, *batch_name(lake, sha256))
        try:
            return _write(lake, source, rows, arrival, lineage)
        except BaseException:
            remove_uncommitted(lake)
            raise


def _write(
    lake: Lake,
    source: SourceFile,
    rows: Staging,
    arrival: _Arrival,
    lineage: _Lineage,
) -> Manifest:
    """Write the batch's files and at last its manifest."""
    table, batch = f"bronze/{source.table}", lineage.batch
    name = key(source.table)
    known = lineage.columns()
    committed = lake.committed_batches()
    later = Unsynced()

    def write(days: list[date | None]) -> _Written:
        new = rows.take(days)
        if len(days) == 1:
            resolved = resolve_partition(
                lake, table, days[0], new, committed, seen_before=lineage.arrival > 1
            )
        else:
            resolved = resolve_days(lake, table, new, committed)
        arrival.mentions.name(resolved.stored)
        stored = {}
        for day, part in _by_day(contract(table), resolved.stored.with_columns(**known), days):
            stored[day] = part.height
            lake.append(table, day, batch, part, reach=reach(table, part), later=later)
        day_of = pl.lit(None, pl.Date) if days == [None] else pl.col("event_date")
        return _Written(
            stored,
            detached(resolved.duplicate.select("line", identity=name, identity_date=day_of)),
            detached(resolved.conflict.select("line", identity=name)),
        )

    with ThreadPoolExecutor(GROUPS_AT_ONCE) as pool:
        written = list(pool.map(write, rows.groups()))
    stored = {day: count for group in written for day, count in group.stored.items()}
    conflict = pl.concat([_CONFLICT, *(group.conflict for group in written)]).sort("line")
    if conflict.height:
        arrival.quarantine.append(
            conflict.select(
                "line",
                raw=pl.Series(source.raw(conflict["line"].to_list()), dtype=pl.String),
                identity="identity",
                reasons=pl.lit(["conflicting_duplicate"]),
            )
        )
    arrived = lineage.received_at.date()
    known["table"] = pl.lit(source.table)
    duplicate = pl.concat([_DUPLICATE, *(group.duplicate for group in written)])
    if duplicate.height:
        frame = contract("bronze/duplicates").conform(duplicate.with_columns(**known))
        lake.append("bronze/duplicates", arrived, batch, frame, later=later)
    quarantined = 0
    if arrival.quarantine:
        frame = contract("bronze/quarantine").conform(
            pl.concat(arrival.quarantine, how="diagonal").with_columns(
                path=pl.lit(str(source.path.absolute())), **known
            )
        )
        quarantined = frame.height
        lake.append("bronze/quarantine", arrived, batch, frame, later=later)
    arrival.mentions.write(lake, batch, batch, later)
    manifest = Manifest(
        batch=batch,
        path=str(source.path.absolute()),
        source=source.source,
        table=source.table,
        sha256=lineage.sha256,
        arrival=lineage.arrival,
        received_at=lineage.received_at,
        header=source.header,
        received=arrival.received,
        stored=sum(stored.values()),
        duplicate=duplicate.height,
        quarantined=quarantined,
        days=tuple(day for day in stored if day is not None),
        note=arrival.note,
    )
    later.sync()
    commit(lake, manifest)
    return manifest


def _apart(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with texts of their own: they do not keep those of all rows around in memory."""
    copied = pl.from_arrow(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
    assert isinstance(copied, pl.DataFrame)
    return copied


def _by_day(
    table: Contract, rows: pl.DataFrame, days: list[date | None]
) -> Iterable[tuple[date | None, pl.DataFrame]]:
    """The rows in the table's columns, by day; `days` are those that they may have."""
    arranged = table.arrange(rows)
    if len(days) == 1:
        return [(days[0], arranged)] if arranged.height else []
    parts = arranged.with_columns(rows["event_date"]).partition_by(
        "event_date", as_dict=True, include_key=False
    )
    return [(day, part) for (day,), part in parts.items()]
