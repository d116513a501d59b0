"""Writes a batch into bronze: its rows by event day, what was not stored, at last its manifest.

Each day's rows are compared with what is stored and written as one file. Beside them stands which
users and titles the batch's events name, and what they tell of the titles. Cut off anywhere,
nothing counts that was written.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from netflix_pipeline.atomic_write import Unsynced
from netflix_pipeline.contracts import CANARY_USER, PROCESSING_FAILED, contract
from netflix_pipeline.ingest.batches import BatchFile, Manifest, commit, remove_uncommitted
from netflix_pipeline.ingest.dedup_lookup import (
    Resolved,
    counted,
    keep_keys,
    reach,
    reach_by_day,
    resolve_rows,
    together,
)
from netflix_pipeline.ingest.fault_isolation import TAKEN_AGAIN, Failures, sets_aside
from netflix_pipeline.ingest.plausibility import Measured
from netflix_pipeline.ingest.staging import LINES, Staging, detached
from netflix_pipeline.ingest.validate_chunk import ValidatedChunk
from netflix_pipeline.ingest.validation_rules import key
from netflix_pipeline.lake import Lake
from netflix_pipeline.sources import Raw


class Mentions:
    """Collects what the events of a batch name."""

    def __init__(self) -> None:
        self._users: list[pl.Series] = []
        self._titles: list[pl.Series] = []
        self.told: list[pl.DataFrame] = []

    def tell(self, titles: pl.DataFrame | None) -> None:
        """Take note of what events tell of titles, should they be stored."""
        if titles is not None:
            self.told.append(detached(titles))

    def take(self, others: "Mentions") -> None:
        """Take note of what was told to others."""
        self.told += others.told

    def name(self, stored: pl.DataFrame) -> None:
        """Take note of the users and titles of stored events; a canary and its title are nobody."""
        if "event_time" in stored.columns:
            stored = stored.filter(pl.col("user_id") != CANARY_USER)
        if "event_time" in stored.columns and stored.height:
            self._users.append(_named(stored, "user_id"))
            if "title_id" in stored.columns:
                self._titles.append(_named(stored, "title_id"))

    def write(self, lake: Lake, batch: str, name: str, later: Unsynced | None = None) -> None:
        """Write what was named as the batch's files of that name, on disk when `later` is."""
        by_batch = pl.lit(batch).alias("batch")
        if self._users:
            table = contract("bronze/user_mentions")
            named = pl.concat(self._users).unique().to_frame("user_id").with_columns(by_batch)
            lake.append(table.table, None, name, table.conform(named), later=later)
        if self._titles:
            table = contract("bronze/title_mentions")
            # What nobody told of them is null.
            told = [table.empty(), self._titles_told().with_columns(by_batch)]
            titles = table.conform(pl.concat(told, how="diagonal"))
            lake.append(table.table, None, name, titles, later=later)

    def _titles_told(self) -> pl.DataFrame:
        """What is told of the titles that are named; else just their ids."""
        named = pl.concat(self._titles).unique().to_frame("title_id")
        if not self.told:
            return named
        # Of a title that is a promo in one part of a batch and a video in another, the latter.
        rows = pl.concat(self.told, how="diagonal").sort(
            "content_type", nulls_last=True, maintain_order=True
        )
        of_named = rows.join(named, on="title_id", how="semi", maintain_order="left")
        return pl.concat([of_named, named], how="diagonal").unique(
            "title_id", keep="first", maintain_order=True
        )


def _named(events: pl.DataFrame, column: str) -> pl.Series:
    """The different ids in a column."""
    return detached(events.select(pl.col(column).unique())).to_series()


log = logging.getLogger(__name__)

GROUPS_AT_ONCE = 2
"""Groups of days that are compared and written side by side."""


@dataclass(frozen=True)
class Batch:
    """What arrives together, before it is known what becomes of its rows.

    `manifest` counts nothing yet; it was received at the latest receipt, on the day on which all of
    it arrived. `receipt` and `place` tell of each row, by its `line`, when and in which file or
    request it came. `raw` gives the text of the rows at some lines. Of several files, which the
    manifest names, `of_file` gives by a row's line (as of `Staging.put_behind`) what it has as its
    `batch` and its `line`.
    """

    manifest: Manifest
    receipt: pl.Expr
    place: pl.Expr
    raw: Raw
    of_file: Mapping[str, pl.Expr] = field(default_factory=dict)


@dataclass
class Arrival:
    """A batch on its way in; `erased` of its rows are counted and kept nowhere.

    `became` tells by event day which identities of rows stored before are to become which.
    `put_back` counts the users or titles that have an earlier state again by it, `unparsable` the
    records that are no rows; `torn` is the line of the first, and why it is none.
    """

    received: int = 0
    erased: int = 0
    put_back: int = 0
    unparsable: int = 0
    torn: tuple[int, str] | None = None
    notes: list[str] = field(default_factory=list)
    quarantine: list[pl.DataFrame] = field(default_factory=list)
    mentions: Mentions = field(default_factory=Mentions)
    measured: dict[str, Measured] = field(default_factory=dict)
    became: dict[date, Mapping[str, str]] = field(default_factory=dict)

    def take(self, part: ValidatedChunk) -> None:
        """Take note of a part of it."""
        self.received += part.received
        self.erased += part.erased
        self.unparsable += part.unparsable
        self.torn = self.torn or part.torn
        self.quarantine += part.bad
        self.mentions.tell(part.titles)
        for name, measure in part.measured.items():
            self.measured.setdefault(name, Measured()).add(measure)

    def take_file(self, file: "Arrival", number: int) -> None:
        """Take in what came with one of several files, whose lines tell the number of theirs."""
        self.received += file.received
        self.erased += file.erased
        self.notes += file.notes
        in_file = pl.col("line") + number * LINES
        self.quarantine += [rows.with_columns(in_file) for rows in file.quarantine]
        self.mentions.take(file.mentions)


@dataclass(frozen=True)
class _WrittenRows:
    """What became of the rows of a group of days: rows stored by day, and those that were not.

    `left_out` counts the fields of stored rows that could not be understood, by file and column.

    `failed` are those that could not even be compared with what is stored.
    """

    stored: dict[date | None, int]
    left_out: Counter[tuple[int, str]]
    duplicate: pl.DataFrame
    conflict: pl.DataFrame
    failed: pl.DataFrame
    became: Mapping[date, Mapping[str, str]]


_CONFLICT = pl.DataFrame(schema={"line": pl.Int64, "identity": pl.String})
_DUPLICATE = _CONFLICT.with_columns(identity_date=pl.lit(None, pl.Date))


def write(lake: Lake, batch: Batch, rows: Staging, arrival: Arrival) -> Manifest:
    """Write the batch's files and at last its manifest; what fails leaves nothing behind.

    Days whose rows cannot be compared with what is stored end alone: they go to quarantine. Where
    they are of several files it is raised, for nobody knows which of these it is.
    """
    try:
        return _write(lake, batch, rows, arrival)
    except BaseException:
        remove_uncommitted(lake)
        raise


def _write(lake: Lake, batch: Batch, rows: Staging, arrival: Arrival) -> Manifest:
    manifest = batch.manifest
    table, name = f"bronze/{manifest.table}", key(manifest.table)
    file = pl.col("line") // LINES if manifest.files else pl.lit(0)
    # What every row of it carries, as columns of bronze.
    known = {
        "source": pl.lit(manifest.source),
        "received_at": batch.receipt,
        "batch": pl.lit(manifest.batch),
        **batch.of_file,
    }
    committed = lake.committed_batches()
    later = Unsynced()
    failures = Failures()

    def write_days(days: list[date | None]) -> _WrittenRows:
        new = counted(manifest.table, manifest.source, rows.take(days))
        if manifest.files:
            resolved, failed = resolve_rows(lake, table, days, new, committed), new.clear()
        else:
            resolved, failed = compare_days(lake, table, days, new, committed, failures)
        arrival.mentions.name(resolved.stored)
        arrival.put_back += resolved.put_back
        rows_stored = resolved.stored.with_columns(**known)
        stored = append_by_day(lake, table, manifest.batch, rows_stored, days, later)
        day_of = pl.lit(None, pl.Date) if days == [None] else pl.col("event_date")
        return _WrittenRows(
            stored,
            _left_out_by_file(resolved.stored, file),
            detached(resolved.duplicate.select("line", identity=name, identity_date=day_of)),
            detached(resolved.conflict.select("line", identity=name)),
            detached(failed.select("line", identity=name)),
            resolved.became,
        )

    with ThreadPoolExecutor(GROUPS_AT_ONCE) as pool:
        written = list(pool.map(write_days, rows.groups()))
    for group in written:
        arrival.became.update(group.became)
    stored = {day: count for group in written for day, count in group.stored.items()}
    for reason, outcome in (
        ("conflicting_duplicate", [group.conflict for group in written]),
        (PROCESSING_FAILED, [group.failed for group in written]),
    ):
        refused = pl.concat([_CONFLICT, *outcome]).sort("line")
        if refused.height:
            arrival.quarantine.append(
                refused.select(
                    "line",
                    raw=pl.Series(batch.raw(refused["line"].to_list()), dtype=pl.String),
                    identity="identity",
                    reasons=pl.lit([reason]),
                )
            )
    if failures.told:
        arrival.notes.append(f"{failures}. {TAKEN_AGAIN}")
    arrived = manifest.received_at.date()
    known["table"] = pl.lit(manifest.table)
    duplicate = pl.concat([_DUPLICATE, *(group.duplicate for group in written)])
    if duplicate.height:
        frame = contract("bronze/duplicates").conform(duplicate.with_columns(**known))
        lake.append("bronze/duplicates", arrived, manifest.batch, frame, later=later)
    quarantine = pl.concat([_CONFLICT, *arrival.quarantine], how="diagonal")
    if quarantine.height:
        frame = contract("bronze/quarantine").conform(
            quarantine.with_columns(path=batch.place, **known)
        )
        lake.append("bronze/quarantine", arrived, manifest.batch, frame, later=later)
    arrival.mentions.write(lake, manifest.batch, manifest.batch, later)
    left_out = sum((group.left_out for group in written), Counter[tuple[int, str]]())
    written_manifest = replace(
        manifest,
        received=arrival.received,
        stored=sum(stored.values()),
        duplicate=duplicate.height,
        quarantined=quarantine.height,
        days=tuple(day for day in stored if day is not None),
        erased=arrival.erased,
        note="; ".join(arrival.notes),
        left_out=_by_column(left_out),
        put_back=arrival.put_back,
        files=tuple(_of_files(manifest.files, duplicate, quarantine, left_out)),
    )
    later.sync()
    commit(lake, written_manifest)
    return written_manifest


def fields_left_out(rows: pl.DataFrame) -> Counter[str]:
    """How many fields of rows could not be understood, by column."""
    return Counter(rows["left_out"].drop_nulls().explode().to_list())


def _left_out_by_file(rows: pl.DataFrame, file: pl.Expr) -> Counter[tuple[int, str]]:
    """The same, by the file of a row and column."""
    some = rows.select("left_out", file=file).drop_nulls("left_out").explode("left_out")
    return Counter(some.select("file", "left_out").rows())


def _by_column(left_out: Counter[tuple[int, str]]) -> dict[str, int]:
    by_column = Counter[str]()
    for (_, column), count in left_out.items():
        by_column[column] += count
    return dict(by_column)


def _of_files(
    files: Sequence[BatchFile],
    duplicate: pl.DataFrame,
    quarantine: pl.DataFrame,
    left_out: Counter[tuple[int, str]],
) -> Iterator[BatchFile]:
    """What became of the rows of each of a batch's files."""
    repeated, waiting = (Counter(rows["line"] // LINES) for rows in (duplicate, quarantine))
    not_understood = defaultdict[int, dict[str, int]](dict)
    for (number, column), count in left_out.items():
        not_understood[number][column] = count
    for number, file in enumerate(files):
        apart = file.erased + repeated[number] + waiting[number]
        yield replace(
            file,
            stored=file.received - apart,
            duplicate=repeated[number],
            quarantined=waiting[number],
            left_out=not_understood[number],
        )


def compare_days(
    lake: Lake,
    table: str,
    days: Sequence[date | None],
    new: pl.DataFrame,
    committed: set[str],
    failures: Failures,
) -> tuple[Resolved, pl.DataFrame]:
    """What becomes of the new rows of some days, and the rows of days at which that fails."""
    try:
        return resolve_rows(lake, table, days, new, committed), new.clear()
    except BaseException as error:
        if not sets_aside(error):
            raise
        if len(days) > 1:
            log.exception("%s: days are compared one by one", table)
            parts = [
                compare_days(lake, table, [day], new.filter(event_date=day), committed, failures)
                for day in days
            ]
            return together([part for part, _ in parts]), pl.concat(rest for _, rest in parts)
        what = "" if days[0] is None else f" of {days[0]}"
        failures.note(f"{table}: {new.height} rows{what} cannot be compared", error)
        return Resolved(new.clear(), new.clear(), new.clear()), new


def append_by_day(
    lake: Lake,
    table: str,
    name: str,
    rows: pl.DataFrame,
    days: Sequence[date | None],
    later: Unsynced | None = None,
) -> dict[date | None, int]:
    """Append rows as files of that name, and tell how many each day got.

    `days` are those that the rows may have.
    """
    arranged = contract(table).arrange(rows)
    if len(days) > 1:
        dated = arranged.with_columns(rows["event_date"])
        parts = dated.partition_by("event_date", as_dict=True, include_key=False)
        reaches = reach_by_day(table, dated)
    else:
        parts = {(days[0],): arranged} if arranged.height else {}
        reaches = {days[0]: reach(table, arranged)}
    files = {day: (part, reaches.get(day)) for (day,), part in parts.items()}
    lake.append_several(table, name, files, later=later)
    for day, (part, _) in files.items():
        if day is not None:
            keep_keys(lake.folder(table, day) / f"{name}.parquet", part[contract(table).key[0]])
    return {day: part.height for (day,), part in parts.items()}
