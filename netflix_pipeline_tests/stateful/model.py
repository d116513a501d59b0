"""What a home holds after any sequence of steps, by the reference: row after row, all in memory."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from netflix_pipeline_tests.reference.arrival import EVENTS, IDENTITY, Arrivals, day_of, reasons
from netflix_pipeline_tests.reference.rows import Row

Key = tuple[str, str, int]
"""Table, arrival and line of a row."""


@dataclass
class Model:
    """Rows that arrived. `arrival` of a row stands for its batch, whose name may change."""

    arrivals: Arrivals = field(default_factory=Arrivals)
    rows: dict[Key, Row] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    received: int = 0

    def take(self, table: str, row: Row) -> None:
        """One more row arrives; `batch` is its arrival."""
        self.received += 1
        if row.get("user_id") in self.erased:
            return
        self.rows[table, row["batch"], row["line"]] = row
        self.arrivals.take(table, row)

    def replay(self, now: datetime, batch_of: Any) -> None:
        """Replay all that waits; `batch_of` tells the batch in which a row lies by now."""
        told = self.arrivals
        waiting = sorted(
            told.quarantined,
            key=lambda each: (each["received_at"], batch_of(each), each["line"]),
        )
        batches = dict.fromkeys(batch_of(each) for each in waiting)
        told.quarantined = []
        for batch in batches:
            for each in waiting:
                if batch_of(each) != batch:
                    continue
                row = self.rows[each["table"], each["batch"], each["line"]]
                if IDENTITY[each["table"]] not in row or reasons(
                    each["table"], {**row, "received_at": now}
                ):
                    told.quarantined.append(each)
                    continue
                before = len(told.quarantined)
                # It keeps its receipt, and is judged as of now.
                known = {**row, "problems": []}
                self._again(each["table"], known)
                if len(told.quarantined) > before:
                    told.quarantined[-1] = each

    def _again(self, table: str, row: Row) -> None:
        """As `Arrivals.take`, but that the future may be past by now."""
        receipt = row["received_at"]
        late = {**row, "received_at": max(receipt, row["event_time"])}
        self.arrivals.take(table, late)
        for rows in (self.arrivals.stored[table], self.arrivals.duplicates):
            if rows and (rows[-1]["batch"], rows[-1]["line"]) == (row["batch"], row["line"]):
                rows[-1]["received_at"] = receipt

    def erase(self, user: str) -> None:
        """All of a person goes, and what repeated their rows."""
        told = self.arrivals
        self.erased.add(user)
        identities = {
            (table, row[IDENTITY[table]], day_of(row))
            for table in EVENTS
            for row in told.stored[table]
            if row["user_id"] == user
        }
        for table in EVENTS:
            told.stored[table] = [row for row in told.stored[table] if row["user_id"] != user]
        told.duplicates = [
            row
            for row in told.duplicates
            if (row["table"], row["identity"], row["identity_date"]) not in identities
        ]
        told.quarantined = [
            row
            for row in told.quarantined
            if self.rows[row["table"], row["batch"], row["line"]].get("user_id") != user
        ]

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """What bronze holds: rows by table, without their batch."""
        told = self.arrivals
        found: dict[str, list[tuple[Any, ...]]] = {
            table: [_row(table, row) for row in told.stored[table]]
            for table in ("watch_events", "search_events")
        }
        found["duplicates"] = [
            (row["table"], row["identity"], row["identity_date"], row["received_at"], row["line"])
            for row in told.duplicates
        ]
        found["quarantine"] = [
            (row["table"], row["received_at"], row["line"], *sorted(row["reasons"]))
            for row in told.quarantined
        ]
        found["users"] = [(row["user_id"],) for table in EVENTS for row in told.stored[table]]
        return {
            table: sorted(set(rows) if table == "users" else rows) for table, rows in found.items()
        }


def _row(table: str, row: Row) -> tuple[str, str, date, datetime, datetime, int, float | None]:
    return (
        row[IDENTITY[table]],
        row["user_id"],
        day_of(row),
        row["event_time"],
        row["received_at"],
        row["line"],
        row.get("watch_seconds"),
    )
