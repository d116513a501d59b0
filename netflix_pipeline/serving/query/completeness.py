"""How late rows usually come, as a snapshot has measured it, and what that says of its days."""

# Written into SQL is where the rows lie only; values are bound.

from dataclasses import dataclass
from datetime import date, datetime

from netflix_pipeline.metrics import Lateness, measured_days
from netflix_pipeline.serving.answer import Period
from netflix_pipeline.serving.query.periods import arrivals
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

HAS_ARRIVALS = """
    SELECT 1 FROM duckdb_tables() WHERE schema_name = 'coded' AND table_name = 'arrival_daily'
"""
NO_ARRIVALS = """(
    SELECT NULL::DATE AS event_date, 0 AS within_hours, 0 AS rows, 0 AS bulk_rows,
        NULL::TIMESTAMP AS last_received_at
    WHERE false
)"""

MEASURED = """
    SELECT within_hours, sum(rows - bulk_rows)::BIGINT AS rows, count(DISTINCT event_date) AS days
    FROM {arrivals} WHERE event_date BETWEEN $from AND $to AND rows > bulk_rows
    GROUP BY GROUPING SETS ((), (within_hours))
"""

BY_DAY = """
    SELECT event_date AS day, sum(rows)::BIGINT AS rows, sum(bulk_rows)::BIGINT AS bulk_rows,
        coalesce(sum(rows - bulk_rows) FILTER (
            WHERE event_date > $since AND within_hours > $settles
        ), 0)::BIGINT AS late_rows,
        max(last_received_at) AS last_received_at
    FROM {arrivals} WHERE event_date BETWEEN $from AND $to GROUP BY event_date
"""


@dataclass(frozen=True)
class Completeness:
    """How late rows usually come, measured over the days `measured` by so many `rows`.

    `since` is the day of the first arrival: what happened before it could not come in time.
    """

    as_of: datetime | None
    since: date | None
    measured: Period | None
    rows: int
    lateness: Lateness

    @property
    def provisional_from(self) -> date | None:
        """The first day that is not settled; None where nothing was ever received."""
        return self.lateness.provisional_from(self.as_of) if self.as_of else None

    def share_in(self, day: date) -> float | None:
        """Which share of a day's rows usually is in by now; None where that is not known."""
        return self.lateness.share_in(day, self.as_of) if self.as_of else None

    def provisional(self, period: Period, known: Period | None) -> Period | None:
        """Those of a period's days that are not settled, of the days with data; None without."""
        if self.provisional_from is None or known is None:
            return None
        first = max(self.provisional_from, period.from_, known.from_)
        last = min(period.to, known.to)
        return Period(from_=first, to=last) if first <= last else None

    def still_to_come(self, period: Period, known: Period | None) -> dict[date, float]:
        """The share of rows that usually is still to come, by day that is over and not settled."""
        days = self.provisional(period, known)
        shares = {day: self.share_in(day) for day in (days.each if days else ())}
        return {day: 1 - share for day, share in shares.items() if share is not None}


def completeness(snapshot: Snapshot) -> Completeness:
    """How late rows usually come, as of a snapshot."""
    return snapshot.kept("completeness", lambda: _measured(snapshot))


def arrivals_of_days(snapshot: Snapshot, period: Period) -> dict[date, Row]:
    """When the rows of days came: rows, bulk_rows, late_rows, last_received_at, by day.

    Days without rows are missing. Late are those that came after their day was settled.
    """
    known = completeness(snapshot)
    settles = known.lateness.settles_within
    bound: Row = {
        "from": period.from_,
        "to": period.to,
        "since": date.max if settles is None or known.since is None else known.since,
        "settles": settles or 0,
    }
    return {row.pop("day"): row for row in snapshot.rows(_of_arrivals(snapshot, BY_DAY), bound)}


def _measured(snapshot: Snapshot) -> Completeness:
    as_of, arrived = snapshot.info.as_of, arrivals(snapshot)
    since = arrived.from_ if arrived else None
    days = measured_days(as_of.date(), since) if as_of and since else None
    if days is not None:
        bound: Row = {"from": days[0], "to": days[1]}
        found = snapshot.rows(_of_arrivals(snapshot, MEASURED), bound)
        rows = {row["within_hours"]: row["rows"] for row in found}
        (with_rows,) = (row["days"] for row in found if row["within_hours"] is None)
        total = rows.pop(None) or 0
        lateness = Lateness.of(rows, with_rows)
        if lateness.shares:
            measured = Period(from_=days[0], to=days[1])
            return Completeness(as_of, since, measured, total, lateness)
    return Completeness(as_of, since, None, 0, Lateness())


def _of_arrivals(snapshot: Snapshot, query: str) -> str:
    # A snapshot of before it was told when rows came has no such table.
    told = snapshot.kept("tells arrivals", lambda: bool(snapshot.row(HAS_ARRIVALS)))
    return query.format(arrivals="arrival_daily" if told else NO_ARRIVALS)
