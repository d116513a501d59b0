"""Data quality: the ledger, which reconciles row by row, checks, and the snapshots that are kept.

The ledger tells what arrived and what became of it.
"""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.outcomes import OUTCOMES, PROCESSING_FAILED, ROW_COUNTS
from netflix_pipeline.serving.query.filters import check_one
from netflix_pipeline.serving.query.periods import arrivals, fitting, of_arrivals
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    EXAMPLE_SNAPSHOT,
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
)
from netflix_pipeline.serving.snapshot.snapshot_files import snapshot_path, versions

TABLE = "gold/ledger_daily"


class Arrived(AnswerModel):
    """What arrived, and what became of it."""

    batches: int = column(TABLE, "batches")
    received: int = column(TABLE, "received")
    stored: int = column(TABLE, "stored")
    duplicate: int = column(TABLE, "duplicate")
    quarantined: int = column(TABLE, "quarantined")
    erased: int = column(TABLE, "erased")
    in_plays: int = column(TABLE, "in_plays")
    promo: int = column(TABLE, "promo")
    canary: int = column(TABLE, "canary")
    field_left_out: int = column(TABLE, "field_left_out")
    missing: int = Field(
        description="received − stored − duplicate − quarantined − erased: 0, or rows were lost "
        "(below 0: are there twice) [rows]"
    )


class ArrivalDay(Arrived):
    """What arrived on one day from one source for one table."""

    day: date = Field(description="UTC day of arrival")
    source: str = column(TABLE, "source")
    table: str = column(TABLE, "table")


class Ledger(AnswerModel):
    """The ledger of a period: every row that arrived is accounted for."""

    adds_up: bool = Field(description="whether nothing is missing in any row of it")
    totals: Arrived = Field(description="all rows of it together")
    days: tuple[ArrivalDay, ...] = Field(description="newest day first")


COUNTS = tuple(name for name in Arrived.model_fields if name != "missing")
MISSING = f"{' - '.join(ROW_COUNTS)} AS missing"

# A snapshot of before fields were counted has no such column.
LEDGER = """(
    SELECT * REPLACE (coalesce(field_left_out, 0) AS field_left_out) FROM (
        FROM ledger_daily UNION ALL BY NAME SELECT 0::BIGINT AS field_left_out WHERE false
    )
)"""

ARRIVED = f"""
    SELECT event_date AS day, source, "table", {", ".join(COUNTS)}, {MISSING}
    FROM {LEDGER} WHERE {{where}} ORDER BY day DESC, source, "table"
"""


EXAMPLE_ARRIVED = Arrived(
    batches=2,
    received=12_400,
    stored=12_290,
    duplicate=88,
    quarantined=22,
    erased=0,
    in_plays=12_101,
    promo=188,
    canary=1,
    field_left_out=2,
    missing=0,
)


@dataclass(frozen=True, slots=True)
class LedgerQuestion(Question[Ledger]):
    """What arrived and what became of it, by day, source and table.

    A period that is left out is the 28 days that end with the newest arrival.
    """

    period: Period | None = None
    source: str | None = None
    table: str | None = None
    only: Literal["missing"] | None = None
    """Only lines in which rows are missing, or there twice."""

    narrowing = ("source", "table", "only")
    rows = RowTable(ArrivalDay, lambda ledger: ledger.days)
    scope = "ops:read"
    settles = False

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return of_arrivals(snapshot, self.period)

    @override
    def known(self, snapshot: Snapshot) -> Period | None:
        return arrivals(snapshot)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Ledger:
        where, bound = fitting(period, self.source, self.table)
        days = [ArrivalDay(**row) for row in snapshot.rows(ARRIVED.format(where=where), bound)]
        if self.only is not None:
            days = [day for day in days if day.missing]
        return Ledger(
            # By row: what one source lost and another has twice must not cancel out.
            adds_up=not any(day.missing for day in days),
            totals=Arrived(
                **{name: sum(getattr(day, name) for day in days) for name in Arrived.model_fields}
            ),
            days=tuple(days),
        )

    example = (
        {"period": EXAMPLE_PERIOD},
        Ledger(
            adds_up=True,
            totals=EXAMPLE_ARRIVED,
            days=(
                ArrivalDay(
                    day=date(2026, 3, 7),
                    source="native-watch-events",
                    table="watch_events",
                    **EXAMPLE_ARRIVED.model_dump(),
                ),
            ),
        ),
    )


class TableCheck(AnswerModel):
    """What the contract of a published table checked: only what keeps it is published."""

    table: str = Field(description="its stage and name, such as gold/activity")
    parts: int = Field(description="its days or weeks, each checked; 1 for a table stored whole")
    rows: int = Field(description="its rows")
    stale: int = Field(description="parts of which the last good version is shown")


class StalePart(AnswerModel):
    """A part of a table that is due to be built anew; its last good version is shown meanwhile."""

    table: str
    day: date | None = Field(description="its day, or its week's Monday; null for a whole table")
    reason: str = Field(description="why: its contract was broken, or what it is made of changed")


class Checks(AnswerModel):
    """What the checks of everything that is published found."""

    passed: bool = Field(
        description="whether the ledger adds up, nothing is stale and code failed at no row"
    )
    ledger_adds_up: bool = Field(description="whether no row is missing on any day of arrival")
    tables: tuple[TableCheck, ...]
    stale: tuple[StalePart, ...] = Field(description="newest day first")
    failed_rows: int = Field(
        description="rows that wait in quarantine because code failed at them (`processing_failed`)"
    )
    undescribed_users: int = Field(description="users whom events name and no source describes")
    undescribed_titles: int = Field(description="titles that events name and no source describes")


CHECKED = """
    SELECT "table", count(*) AS parts, sum(rows)::BIGINT AS rows
    FROM held.partitions GROUP BY ALL ORDER BY "table"
"""

HAS_STALE = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'held' AND table_name = 'stale'"

STALE = """
    SELECT "table", "partition" AS day, reason
    FROM held.stale ORDER BY day DESC NULLS FIRST, "table"
"""

FINDINGS = f"""
    SELECT
        (SELECT count(*) FROM ledger_daily
            WHERE received <> {" + ".join(OUTCOMES)}) = 0 AS ledger_adds_up,
        (SELECT count(*) FROM quarantine
            WHERE list_contains(reasons, '{PROCESSING_FAILED}')) AS failed_rows,
        (SELECT count(*) FROM users WHERE NOT described) AS undescribed_users,
        (SELECT count(*) FROM titles WHERE NOT described) AS undescribed_titles
"""


@dataclass(frozen=True, slots=True)
class ChecksQuestion(Question[Checks]):
    """What was checked of all that is published, and of which days an older state stands.

    Of one `table` alone, where that is said; whether all passed is told all the same.
    """

    table: str | None = None

    narrowing = ("table",)
    rows = RowTable(TableCheck, lambda checks: checks.tables)
    scope = "ops:read"

    @override
    def answer(self, snapshot: Snapshot, period: None) -> Checks:
        # A snapshot of before it was told has no such table.
        check_one("table", self.table)
        marked = snapshot.rows(STALE) if snapshot.row(HAS_STALE) else []
        stale = tuple(StalePart(**row) for row in marked)
        by_table = Counter(part.table for part in stale)
        (found,) = snapshot.rows(FINDINGS)
        return Checks(
            passed=found["ledger_adds_up"] and not stale and not found["failed_rows"],
            tables=tuple(
                TableCheck(**row, stale=by_table[row["table"]])
                for row in snapshot.rows(CHECKED)
                if self.table in (None, row["table"])
            ),
            stale=tuple(part for part in stale if self.table in (None, part.table)),
            **found,
        )

    example = (
        {},
        Checks(
            passed=False,
            ledger_adds_up=True,
            tables=(
                TableCheck(table="gold/activity", parts=365, rows=34_812, stale=1),
                TableCheck(table="silver/plays", parts=365, rows=4_120_339, stale=0),
            ),
            stale=(
                StalePart(
                    table="gold/activity", day=date(2026, 3, 6), reason="its contract was broken"
                ),
            ),
            failed_rows=0,
            undescribed_users=3,
            undescribed_titles=0,
        ),
    )


class KeptSnapshot(AnswerModel):
    """A snapshot that is kept on disk."""

    version: int = Field(description="its number")
    published_at: datetime = Field(description="when its file was written")
    bytes: int = Field(serialization_alias="size_bytes", description="its size [B]")
    current: bool = Field(description="whether it is the one that answers")


@dataclass(frozen=True, slots=True)
class KeptSnapshotsQuestion(Question[tuple[KeptSnapshot, ...]]):
    """The snapshots that are kept on disk.

    Newest first.
    """

    scope = "ops:read"

    @override
    def answer(self, snapshot: Snapshot, period: None) -> tuple[KeptSnapshot, ...]:
        folder = snapshot.path.parent
        found = []
        for version in reversed(versions(folder)):
            try:
                stat = snapshot_path(folder, version).stat()
            except FileNotFoundError:  # pruned meanwhile
                continue
            found.append(
                KeptSnapshot(
                    version=version,
                    published_at=datetime.fromtimestamp(stat.st_mtime, UTC),
                    bytes=stat.st_size,
                    current=version == snapshot.info.version,
                )
            )
        return tuple(found)

    example = (
        {},
        (
            KeptSnapshot(
                version=EXAMPLE_SNAPSHOT.version,
                published_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
                bytes=181_403_648,
                current=True,
            ),
            KeptSnapshot(
                version=EXAMPLE_SNAPSHOT.version - 1,
                published_at=datetime(2026, 3, 6, 6, 0, 9, tzinfo=UTC),
                bytes=180_879_360,
                current=False,
            ),
        ),
    )


class TableState(NamedTuple):
    """A published table: its newest day or week, and how many of its parts are stale."""

    table: str
    newest: date | None
    stale: int


class Findings(NamedTuple):
    """What is wrong with a published state, in numbers."""

    missing_rows: int
    failed_rows: int
    tables: tuple[TableState, ...]
    recent_rows: tuple[tuple[str, int], ...]
    """Of the rows that arrived in the `RECENT` days until it was built, those `received`,
    `quarantined` and `missing`."""


NEWEST = """
    SELECT "table", max("partition") AS newest FROM held.partitions GROUP BY ALL ORDER BY "table"
"""

MISSING_ROWS = f"""
    SELECT coalesce(sum(abs(received - ({" + ".join(OUTCOMES)}))), 0)::BIGINT AS missing
    FROM ledger_daily
"""


RECENT = 30
RECENT_ROWS = f"""
    SELECT
        coalesce(sum(received), 0)::BIGINT AS received,
        coalesce(sum(quarantined), 0)::BIGINT AS quarantined,
        coalesce(sum(abs(received - ({" + ".join(OUTCOMES)}))), 0)::BIGINT AS missing
    FROM ledger_daily WHERE event_date > $after
"""


def findings(snapshot: Snapshot) -> Findings:
    """What is wrong with a published state, for whoever watches it; computed once.

    Missing rows are counted by day, source and table: what one lost and another has twice does not
    cancel out.
    """

    def found() -> Findings:
        checks = ChecksQuestion().answer(snapshot, None)
        stale = Counter(part.table for part in checks.stale)
        (missing,) = snapshot.rows(MISSING_ROWS)
        newest = snapshot.pairs(NEWEST)
        tables = (
            TableState(table, newest.get(table), stale[table])
            for table in sorted(newest.keys() | stale.keys())
        )
        after = snapshot.info.built_at.date() - timedelta(days=RECENT)
        (recent,) = snapshot.rows(RECENT_ROWS, {"after": after})
        return Findings(
            missing["missing"], checks.failed_rows, tuple(tables), tuple(recent.items())
        )

    return snapshot.kept("findings", found)
