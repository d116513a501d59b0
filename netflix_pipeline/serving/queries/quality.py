"""What arrived, what became of it, and what waits in quarantine."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

from netflix_pipeline.contracts.bronze.quarantine import PROCESSING_FAILED
from netflix_pipeline.persons import Persons
from netflix_pipeline.serving.answers import (
    ArrivalDay,
    Arrived,
    Checks,
    KeptSnapshot,
    Ledger,
    Period,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
    StalePart,
    TableCheck,
)
from netflix_pipeline.serving.names import snapshot_path, versions
from netflix_pipeline.serving.queries.cursors import decode, encode
from netflix_pipeline.serving.snapshots import Row, Snapshot

COUNTS = tuple(name for name in Arrived.model_fields if name != "missing")
MISSING = "received - stored - duplicate - quarantined - erased AS missing"

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
PLACE = '(epoch_us(received_at), batch, line, "table")'
WAITING = """
    SELECT batch, line, "table", reasons, identity, raw, path, source, received_at,
        epoch_us(received_at) AS micros
    FROM quarantine WHERE {where}
    ORDER BY received_at DESC, batch DESC, line DESC, "table" DESC LIMIT $limit
"""
BY_REASON = """
    SELECT reason, count(*) AS rows
    FROM (SELECT unnest(reasons) AS reason FROM quarantine WHERE {where})
    GROUP BY reason ORDER BY rows DESC, reason
"""
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
            WHERE received <> stored + duplicate + quarantined + erased) = 0 AS ledger_adds_up,
        (SELECT count(*) FROM quarantine
            WHERE list_contains(reasons, '{PROCESSING_FAILED}')) AS failed_rows,
        (SELECT count(*) FROM users WHERE NOT described) AS undescribed_users,
        (SELECT count(*) FROM titles WHERE NOT described) AS undescribed_titles
"""


def arrivals(snapshot: Snapshot) -> Period | None:
    """The first and the last day on which something arrived; None when nothing ever did."""
    row = snapshot.row("SELECT min(event_date) AS first, max(event_date) AS last FROM ledger_daily")
    assert row is not None
    return Period(from_=row["first"], to=row["last"]) if row["last"] else None


def newest_arrival(snapshot: Snapshot) -> date | None:
    """The last day on which something arrived; None when nothing ever did."""
    days = arrivals(snapshot)
    return days.to if days else None


def ledger(snapshot: Snapshot, period: Period, *, source: str | None, table: str | None) -> Ledger:
    """What arrived in the period by day, source and table, and all of it together."""
    where, bound = _fitting(period, source, table)
    days = [ArrivalDay(**row) for row in snapshot.rows(ARRIVED.format(where=where), bound)]
    return Ledger(
        # By row: what one source lost and another has twice must not cancel out.
        adds_up=not any(day.missing for day in days),
        totals=Arrived(
            **{name: sum(getattr(day, name) for day in days) for name in Arrived.model_fields}
        ),
        days=tuple(days),
    )


def quarantine(
    snapshot: Snapshot,
    period: Period,
    *,
    reason: str | None,
    source: str | None,
    table: str | None,
    limit: int,
    cursor: str | None,
    without: Persons,
) -> tuple[Quarantine, str | None]:
    """A page of the rows in quarantine and the cursor of the next one. Raises BadCursor.

    Rows that name one of the persons `without` are counted, and not told.
    """
    where, bound = _fitting(period, source, table)
    if reason is not None:
        where += " AND list_contains(reasons, $reason)"
        bound["reason"] = reason
    counts = snapshot.rows(BY_REASON.format(where=where), bound)
    total = snapshot.row(f"SELECT count(*) AS rows FROM quarantine WHERE {where}", bound)
    assert total is not None
    if cursor is not None:
        names = ("micros", "batch", "line", "meant_for")
        place = decode("quarantine", cursor, (int, str, int, str))
        bound |= dict(zip(names, place, strict=True))
        where += f" AND {PLACE} < ({', '.join(f'${name}' for name in names)})"
    rows = snapshot.rows(WAITING.format(where=where), bound | {"limit": limit + 1})
    more, rows = len(rows) > limit, rows[:limit]
    following = None
    if more:
        last = rows[-1]
        following = encode("quarantine", last["micros"], last["batch"], last["line"], last["table"])
    return Quarantine(
        waiting=total["rows"],
        reasons=tuple(ReasonCount(**row) for row in counts),
        rows=tuple(_row(row) for row in rows if not _names(row, without)),
    ), following


def checks(snapshot: Snapshot) -> Checks:
    """What the checks of all that the snapshot holds found."""
    # A snapshot of before it was told has no such table.
    marked = snapshot.rows(STALE) if snapshot.row(HAS_STALE) else []
    stale = tuple(StalePart(**row) for row in marked)
    by_table = Counter(part.table for part in stale)
    found = snapshot.row(FINDINGS)
    assert found is not None
    return Checks(
        passed=found["ledger_adds_up"] and not stale and not found["failed_rows"],
        tables=tuple(
            TableCheck(**row, stale=by_table[row["table"]]) for row in snapshot.rows(CHECKED)
        ),
        stale=stale,
        **found,
    )


def kept(snapshot: Snapshot) -> tuple[KeptSnapshot, ...]:
    """The snapshots on disk, newest first."""
    folder = snapshot.path.parent
    found = []
    for version in reversed(versions(folder)):
        try:
            told = snapshot_path(folder, version).stat()
        except FileNotFoundError:  # pruned meanwhile
            continue
        found.append(
            KeptSnapshot(
                version=version,
                published_at=datetime.fromtimestamp(told.st_mtime, UTC),
                bytes=told.st_size,
                current=version == snapshot.info.version,
            )
        )
    return tuple(found)


def _fitting(period: Period, source: str | None, table: str | None) -> tuple[str, Row]:
    """Which rows a question is about, and what is bound in that."""
    asked = {"source": source, "table": table}
    given: Row = {name: value for name, value in asked.items() if value is not None}
    where = ["event_date BETWEEN $from AND $to", *(f'"{name}" = ${name}' for name in given)]
    return " AND ".join(where), given | {"from": period.from_, "to": period.to}


def _names(row: Row, persons: Persons) -> bool:
    told = "\n".join(row[column] or "" for column in ("raw", "path", "identity"))
    return persons.in_text(told.encode(errors="surrogatepass"))


def _row(row: Row) -> QuarantinedRow:
    shown = {name: row[name] for name in QuarantinedRow.model_fields if name != "id"}
    shown["received_at"] = row["received_at"].replace(tzinfo=UTC)
    return QuarantinedRow(id=f"{row['batch']}:{row['line']}", **shown)
