"""What becomes of raw rows: stored, known as duplicates, or quarantined with every reason.

A raw row is a dict with the payload's columns (values may be wrong), `source`, `received_at`,
`batch`, `line`, `raw`, `path`, and `problems`: the reasons that its text already gives. One whose
text is no row has no payload.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.rows import Row, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIONS = ("started", "paused", "resumed", "stopped", "completed")
IDENTITY = {
    "watch_events": "event_id",
    "search_events": "search_id",
    "recommendation_events": "recommendation_id",
    "reviews": "review_id",
    "users": "user_id",
    "titles": "title_id",
}
EVENTS = ("watch_events", "search_events", "recommendation_events", "reviews")
NOT_PAYLOAD = ("source", "received_at", "batch", "line", "raw", "path", "problems")
LINEAGE = ("source", "received_at", "batch", "line")
A_DAY = 24 * 60 * 60
LONGEST_ID = 64
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Arrivals:
    """Everything that arrived so far, in the order of arrival, by table."""

    stored: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in IDENTITY})
    duplicates: list[Row] = field(default_factory=list)
    quarantined: list[Row] = field(default_factory=list)

    def take(self, table: str, row: Row) -> None:
        """Decide one more row, given those before it."""
        found = reasons(table, row)
        if not found and table in EVENTS:
            alike = [
                other
                for other in self.stored[table]
                if other[IDENTITY[table]] == row[IDENTITY[table]] and day_of(other) == day_of(row)
            ]
            if any(payload(other) == payload(row) for other in alike):
                self._duplicate(table, row)
                return
            if alike:
                found = ["conflicting_duplicate"]
        elif not found and self._says_nothing_new(table, row):
            self._duplicate(table, row)
            return
        if found:
            self._quarantine(table, row, found)
        else:
            self.stored[table].append(
                {name: row[name] for name in row if name not in ("raw", "path", "problems")}
            )

    def _says_nothing_new(self, table: str, row: Row) -> bool:
        """Whether a users or titles row says what the newest row of its key says."""
        own = [
            other for other in self.stored[table] if other[IDENTITY[table]] == row[IDENTITY[table]]
        ]
        return bool(own) and payload(own[-1]) == payload(row)

    def _duplicate(self, table: str, row: Row) -> None:
        self.duplicates.append(
            {
                "table": table,
                "identity": row[IDENTITY[table]],
                "identity_date": day_of(row) if table in EVENTS else None,
                **{name: row[name] for name in LINEAGE},
            }
        )

    def _quarantine(self, table: str, row: Row, found: list[str]) -> None:
        self.quarantined.append(
            {
                "table": table,
                "reasons": found,
                "identity": row.get(IDENTITY[table]),
                "raw": row["raw"],
                "path": row["path"],
                **{name: row[name] for name in LINEAGE},
            }
        )

    def bronze(self, told: Mapping[str, Row] | None = None) -> dict[str, list[Row]]:
        """The bronze tables by name, with what their events mention.

        `told` is what the source of the events says of a title, by its id.
        """
        users = {(row["user_id"], row["batch"]) for name in EVENTS for row in self.stored[name]}
        titles = {
            (row["title_id"], row["batch"])
            for name in EVENTS
            if name != "search_events"
            for row in self.stored[name]
        }
        return {
            **self.stored,
            "duplicates": self.duplicates,
            "quarantine": self.quarantined,
            "user_mentions": [{"user_id": who, "batch": batch} for who, batch in sorted(users)],
            "title_mentions": [
                {**(told or {}).get(what, {}), "title_id": what, "batch": batch}
                for what, batch in sorted(titles)
            ],
        }


def payload(row: Row) -> Row:
    """A row without where it came from."""
    return {name: value for name, value in row.items() if name not in NOT_PAYLOAD}


def day_of(row: Row) -> date:
    """The UTC day of an event."""
    day: date = row["event_time"].date()
    return day


def reasons(table: str, row: Row) -> list[str]:
    """Every reason, but conflicts, why a row cannot be taken."""
    found = list(row["problems"])

    def when(holds: bool, reason: str) -> None:
        if holds:
            found.append(reason)

    def outside(name: str, low: float, high: float) -> bool:
        value = row[name]
        return value is not None and not low <= value <= high

    key = IDENTITY[table]
    if key not in row:
        return found
    when(len(row[key] or "") > LONGEST_ID, f"{key}_too_long")
    for name in ("user_id", "title_id"):
        if name in row:
            when(not row[name], f"missing_{name}")
            when(name != key and len(row[name] or "") > LONGEST_ID, f"{name}_too_long")
    if table in EVENTS:
        moment = row["event_time"]
        when(moment is None or moment < EARLIEST, "bad_event_time")
        when(
            moment is not None and moment > row["received_at"] + timedelta(hours=1),
            "event_time_in_future",
        )
    if table == "watch_events":
        when(outside("watch_seconds", 0, math.inf), "negative_watch_seconds")
        when(outside("watch_seconds", -math.inf, A_DAY), "watch_too_long")
        when(outside("progress", 0, 1), "progress_out_of_range")
        when(row["action"] not in ACTIONS, "unknown_action")
    if table == "search_events":
        when(outside("results_count", 0, math.inf), "negative_results_count")
        when(outside("clicked_position", 1, math.inf), "bad_clicked_position")
    if table == "recommendation_events":
        when(row["clicked"] is None, "missing_clicked")
    if table == "reviews":
        when(row["rating"] is None, "missing_rating")
        when(outside("rating", 1, 5), "rating_out_of_range")
    return found


def ledger(bronze: dict[str, list[Row]]) -> dict[date, list[Row]]:
    """Gold ledger_daily by day of arrival; nothing is erased, no canary runs."""
    arrived = [
        (fate, table, row)
        for fate, rows_of in (
            ("stored", [(name, bronze[name]) for name in IDENTITY]),
            ("duplicate", [(None, bronze["duplicates"])]),
            ("quarantined", [(None, bronze["quarantine"])]),
        )
        for name, rows in rows_of
        for row in rows
        for table in [name or row["table"]]
    ]
    found: dict[date, list[Row]] = {}
    for (day, source, table), group in grouped(
        arrived, lambda one: (one[2]["received_at"].date(), one[2]["source"], one[1])
    ).items():
        fates = [fate for fate, _, _ in group]
        kinds = [row.get("kind") for fate, _, row in group if fate == "stored"]
        found.setdefault(day, []).append(
            {
                "source": source,
                "table": table,
                "batches": len({row["batch"] for _, _, row in group}),
                "received": len(group),
                "stored": fates.count("stored"),
                "duplicate": fates.count("duplicate"),
                "quarantined": fates.count("quarantined"),
                "erased": 0,
                "in_plays": kinds.count("main"),
                "promo": kinds.count("promo"),
                "canary": 0,
                "field_left_out": 0,
            }
        )
    return found
