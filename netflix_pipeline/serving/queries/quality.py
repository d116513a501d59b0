"""What arrived, what became of it, and what waits in quarantine."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from datetime import UTC, date

from netflix_pipeline.serving.answers import (
    ArrivalDay,
    Arrived,
    Ledger,
    Period,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
)
from netflix_pipeline.serving.queries.cursors import decode, encode
from netflix_pipeline.serving.snapshots import Row, Snapshot

COUNTS = tuple(name for name in Arrived.model_fields if name != "missing")
MISSING = "received - stored - duplicate - quarantined - erased AS missing"

ARRIVED = f"""
    SELECT event_date AS day, source, "table", {", ".join(COUNTS)}, {MISSING}
    FROM ledger_daily WHERE {{where}} ORDER BY day DESC, source, "table"
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
) -> tuple[Quarantine, str | None]:
    """A page of the rows in quarantine and the cursor of the next one. Raises BadCursor."""
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
        rows=tuple(map(_row, rows)),
    ), following


def _fitting(period: Period, source: str | None, table: str | None) -> tuple[str, Row]:
    """Which rows a question is about, and what is bound in that."""
    asked = {"source": source, "table": table}
    given: Row = {name: value for name, value in asked.items() if value is not None}
    where = ["event_date BETWEEN $from AND $to", *(f'"{name}" = ${name}' for name in given)]
    return " AND ".join(where), given | {"from": period.from_, "to": period.to}


def _row(row: Row) -> QuarantinedRow:
    shown = {name: row[name] for name in QuarantinedRow.model_fields if name != "id"}
    shown["received_at"] = row["received_at"].replace(tzinfo=UTC)
    return QuarantinedRow(id=f"{row['batch']}:{row['line']}", **shown)
