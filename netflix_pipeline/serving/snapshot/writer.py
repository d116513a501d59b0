"""A snapshot that is being built: codes first, then rows, then what it says of itself.

What the lake holds for it is known by the versions in its files' footers.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.lake import DamagedTable, Lake, Partition
from netflix_pipeline.lake.layout import FILE
from netflix_pipeline.serving.snapshot import layout, query_cancellation, snapshot_files

Part = tuple[str, Partition]
"""A table of the lake and one of its partitions."""


@dataclass(frozen=True)
class Held:
    """One partition as a snapshot holds it.

    `version` is the digest of its rows; `stamp` tells its file apart from another without opening
    it.
    """

    version: str
    rows: int
    stamp: str


def inventory(
    lake: Lake, known: Mapping[Part, Held], damaged: MutableMapping[Part, str]
) -> dict[Part, Held]:
    """Every partition that a snapshot of the lake should hold.

    Footers are read only of files that are not `known` by their stamp. In the place of what is
    `damaged`, to which torn files are added with the reason, stands what is known of it.
    """
    parts: dict[Part, Held] = {}
    for stored in layout.stored_tables():
        if stored.is_derived:
            continue
        for partition in layout.newest(stored.table, lake.every_partition(stored.table)):
            part = stored.table, partition
            stamp = _stamp(lake.path(*part))
            if stamp is None:
                continue
            held = known.get(part)
            if part not in damaged and (held is None or held.stamp != stamp):
                footer = lake.footer(*part)
                if footer is None:
                    why = "torn, or not of this platform"
                    damaged[part] = str(DamagedTable(lake.path(*part), why))
                else:
                    held = Held(footer.version, footer.rows, stamp)
            if held is not None:
                parts[part] = held
    return parts


def stale(lake: Lake, held: Mapping[Part, Held]) -> dict[Part, str]:
    """Why partitions are marked as no longer right: their last good version is held."""
    reasons = {(table, partition): lake.stale_reason(table, partition) for table, partition in held}
    return {part: reason for part, reason in reasons.items() if reason is not None}


def rows_by_day(held: Mapping[Part, Held]) -> int:
    """The rows of all partitions by day."""
    return sum(part.rows for (table, _), part in held.items() if contract(table).partition == "day")


def _stamp(path: Path) -> str | None:
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"


Progress = Callable[[str, int, int], None]
"""Called with a table's name, how many partitions are done, and of how many."""

MEMORY = "640MB"
BLOCK = 8192
"""Users in one bitmap of a day's viewers."""

HELD = """
CREATE OR REPLACE TABLE held.partitions (
    "table" VARCHAR NOT NULL, "partition" DATE, version VARCHAR NOT NULL, rows BIGINT NOT NULL,
    stamp VARCHAR NOT NULL
);
CREATE OR REPLACE TABLE held.stale (
    "table" VARCHAR NOT NULL, "partition" DATE, reason VARCHAR NOT NULL
);
CREATE OR REPLACE TABLE held.state (layout VARCHAR NOT NULL, patched_rows BIGINT NOT NULL);
CREATE OR REPLACE TABLE snapshot_info (
    version BIGINT NOT NULL, built_at TIMESTAMP NOT NULL, data_from DATE, data_to DATE,
    as_of TIMESTAMP
)
"""

KEPT = "kept_rows"
"""The name of rows that are taken from memory."""
VIEWERS = "coded.viewers"
PLAYS, BY_DIMENSIONS = "silver/plays", "gold/engagement_daily"
NAMING = {"silver/users": "user_id", "silver/titles": "title_id"}
"""The tables that name (nearly) every user and title."""


class SnapshotWriter:
    """A snapshot's file while it is written; no reader ever sees it."""

    def __init__(self, sql: query_cancellation.InterruptibleConnection, lake: Lake) -> None:
        self._sql = sql
        self._lake = lake

    def create(self) -> None:
        """Create every table, empty."""
        for schema in ("codes", "coded", "held"):
            self._sql.execute(f"CREATE SCHEMA {schema}")
        for name, kind in layout.CODED.items():
            self._sql.execute(f"CREATE TABLE codes.{name} (code {kind}, name VARCHAR)")
            if isinstance(known := contract(PLAYS).schema[name], pl.Enum):
                self._extend(name, "SELECT unnest(?) AS name", known.categories.to_list())
        for stored in layout.stored_tables():
            self._sql.execute(stored.definition())
            if view := stored.view():
                self._sql.execute(view)
        self._sql.execute(
            f"CREATE TABLE {VIEWERS} (event_date DATE, block INTEGER, users BIT NOT NULL)"
        )

    def replace(
        self,
        gone: Iterable[Part],
        come: Mapping[Part, Held],
        progress: Progress | None = None,
    ) -> None:
        """Remove the partitions that are gone, and take in those that come, from the lake."""
        leaving, coming = _by_table(gone), _by_table(come)
        done = 0
        for stored in layout.stored_tables():
            left, new = leaving.get(stored.table, []), coming.get(stored.table, [])
            if left:
                self._empty(stored, left)
            if stored.table == PLAYS:
                # The same names stand in a table with a fraction of the rows.
                told = layout.SnapshotTable(contract(BY_DIMENSIONS))
                self._extend_from(told, coming.get(BY_DIMENSIONS, []), OF_PLAYS)
            for parts in _together(stored, new):
                self._take_in(stored, parts)
                done += len(parts)
                if progress is not None:
                    progress(stored.table, done, len(come))
        self._mark_viewers([*leaving.get(PLAYS, []), *coming.get(PLAYS, [])])

    def sign(
        self,
        version: int,
        held: Mapping[Part, Held],
        stale: Mapping[Part, str],
        as_of: datetime | None,
        patched_rows: int,
    ) -> None:
        """Write down which state of the lake it holds, and what of it is `stale`, and why."""
        self._sql.execute(HELD)
        if held:
            columns = [
                [table for table, _ in held],
                [partition for _, partition in held],
                [part.version for part in held.values()],
                [part.rows for part in held.values()],
                [part.stamp for part in held.values()],
            ]
            self._sql.execute(
                "INSERT INTO held.partitions SELECT unnest(?::VARCHAR[]), unnest(?::DATE[]), "
                "unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
                columns,
            )
        for (table, partition), reason in stale.items():
            self._sql.execute("INSERT INTO held.stale VALUES (?, ?, ?)", [table, partition, reason])
        self._sql.execute(
            "INSERT INTO held.state VALUES (?, ?)", [layout.layout_version(), patched_rows]
        )
        days = [day for (table, day), part in held.items() if day and table == PLAYS and part.rows]
        first, last = min(days, default=None), max(days, default=None)
        self._sql.execute(
            "INSERT INTO snapshot_info VALUES (?, ?, ?, ?, ?)",
            [version, naive(datetime.now(UTC)), first, last, naive(as_of)],
        )

    def _rows(self, stored: layout.SnapshotTable, partitions: Sequence[Partition]) -> str:
        if stored.key is not None:
            names = [column.name for column in stored.columns]
            days = [day for day in partitions if day is not None]
            kept = self._lake.kept_days(stored.table, days, names)
            if kept is not None:
                self._sql.register(KEPT, kept.to_arrow())
                return KEPT
        paths = ", ".join(
            literal(exactly(self._lake.path(stored.table, partition))) for partition in partitions
        )
        rows = f"read_parquet([{paths}], hive_partitioning = false, filename = true)"
        if stored.key is None:
            return rows
        # From the end of the path: reading all `name=value` of it would take those of folders
        # further up, which are not ours, for columns.
        day = f"left(right(filename, {len(FILE) + 11}), 10)::DATE"
        return f"(SELECT *, {day} AS {stored.key} FROM {rows})"

    def _take_in(self, stored: layout.SnapshotTable, partitions: Sequence[Partition]) -> None:
        """Insert partitions; names that nothing before them had, which are rare, get codes then."""
        try:
            self._insert(stored, partitions)
        except duckdb.ConstraintException:
            if not stored.codes:
                raise
            self._extend_from(stored, partitions, stored.codes)
            self._insert(stored, partitions)
        if stored.table in NAMING:
            name = NAMING[stored.table]
            self._extend(name, f"SELECT {name} AS name FROM {stored.location}")

    def _extend_from(
        self, stored: layout.SnapshotTable, partitions: Sequence[Partition], columns: Sequence[str]
    ) -> None:
        """Give every new name in the partitions a code."""
        if not partitions:
            return
        rows = self._rows(stored, partitions)
        few = [name for name in columns if name not in NAMING.values()]
        for name in columns:
            if name not in few:  # there may be too many to hold a list of them
                self._extend(name, f'SELECT "{name}" AS name FROM {rows}')
        if not few:
            return
        # One look at the files, however many dimensions have names.
        names = ", ".join(f'list(DISTINCT "{name}") AS "{name}"' for name in few)
        self._sql.execute(f"CREATE OR REPLACE TEMP TABLE named AS SELECT {names} FROM {rows}")
        for name in few:
            self._extend(name, f'SELECT unnest("{name}") AS name FROM named')
        self._sql.execute("DROP TABLE named")

    def _extend(self, column: str, names: str, *bound: object) -> None:
        """Give every new one of the names the next code; known names keep theirs."""
        self._sql.execute(
            f"INSERT INTO codes.{column} "
            f"SELECT (SELECT coalesce(max(code) + 1, 0) FROM codes.{column}) "
            "+ row_number() OVER (ORDER BY name) - 1, name "
            f"FROM (SELECT DISTINCT name FROM ({names})) "
            f"ANTI JOIN codes.{column} USING (name) WHERE name IS NOT NULL ORDER BY name",
            bound,
        )

    def _empty(self, stored: layout.SnapshotTable, partitions: Sequence[Partition]) -> None:
        if stored.key is None:
            self._sql.execute(stored.definition())
        else:
            self._sql.execute(
                f"DELETE FROM {stored.location} WHERE {stored.key} IN (SELECT unnest(?::DATE[]))",
                [list(partitions)],
            )

    def _insert(self, stored: layout.SnapshotTable, partitions: Sequence[Partition]) -> None:
        selection = stored.selection().format(rows=self._rows(stored, partitions))
        order = ", ".join(
            f"{name}_codes.code" if name in stored.codes else f"f.{name}"
            for name in layout.SORTED.get(stored.table, ())
        )
        self._sql.execute(
            f"INSERT INTO {stored.location} {selection}" + (f" ORDER BY {order}" if order else "")
        )

    def _mark_viewers(self, days: Sequence[Partition]) -> None:
        """One bit a user, by day: whether they are a viewer of the day."""
        if not days:
            return
        changed = "event_date IN (SELECT unnest(?::DATE[]))"
        self._sql.execute(f"DELETE FROM {VIEWERS} WHERE {changed}", [list(days)])
        self._sql.execute(
            f"INSERT INTO {VIEWERS} SELECT event_date, user_id // {BLOCK} AS block, "
            f"bitstring_agg(user_id % {BLOCK}, 0, {BLOCK - 1}) FROM coded.plays "
            f"WHERE starter AND {changed} GROUP BY ALL ORDER BY ALL",
            [list(days)],
        )


@contextmanager
def drafting(path: Path, lake: Lake) -> Iterator[SnapshotWriter]:
    """Open the file at `path` for writing; on the way out it is whole, closed and has no log."""
    spill = path.with_name(f"spill-{path.name}")
    connection = duckdb.connect(
        ":memory:",
        config={"memory_limit": MEMORY, "temp_directory": str(spill)},
    )
    try:
        with query_cancellation.InterruptibleConnection(connection) as sql:
            sql.execute("SET parquet_metadata_cache = true")
            # Nothing is to be recovered from a draft, so there is no log that could stay behind.
            sql.execute(f"ATTACH {literal(str(path))} AS draft (RECOVERY_MODE no_wal_writes)")
            sql.execute("USE draft")
            yield SnapshotWriter(sql, lake)
            sql.execute("CHECKPOINT draft")
            sql.execute("USE memory")
            sql.execute("DETACH draft")
    finally:
        connection.close()
        with suppress(OSError):
            snapshot_files.remove(spill)


def naive(moment: datetime | None) -> datetime | None:
    """A moment in UTC without its zone, as snapshots store it."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def exactly(path: Path) -> str:
    """A path as a pattern that only it matches, where DuckDB takes patterns alone."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def _by_table(parts: Iterable[Part]) -> dict[str, list[Partition]]:
    tables: dict[str, list[Partition]] = defaultdict(list)
    for table, partition in parts:
        tables[table].append(partition)
    return tables


def _together(
    stored: layout.SnapshotTable, partitions: Sequence[Partition]
) -> Iterator[list[Partition]]:
    """The partitions that one statement takes in: those of a month where a month is sorted."""
    if stored.table not in layout.SORTED:
        if partitions:
            yield list(partitions)
        return
    for _, days in groupby(partitions, key=_month):
        yield list(days)


def _month(day: date | None) -> tuple[int, int]:
    assert day is not None
    return day.year, day.month
