"""Whether days are complete, from the rows of watch events themselves.

A row is a dict of bronze with user_id, event_time, kind, source and received_at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.rows import Row, days_between, grouped, midnight, reaches

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_WEEK = timedelta(days=7)


def counts(row: Row) -> bool:
    """Whether a watch event is in a play."""
    return bool(row["kind"] == "main" and row["user_id"] != "~canary")


def within(received: datetime, day: date) -> int:
    """Within how many hours after a day: none, so many of the next, or so many whole days."""
    hours = chain(range(25), count(48, 24))
    return next(each for each in hours if received <= midnight(day + DAY) + each * HOUR)


def is_bulk(row: Row) -> bool:
    """Whether a row is one of a bulk load."""
    return bool(row["source"] != "http" and row["received_at"] - row["event_time"] > A_WEEK)


def arrival_daily(events: Iterable[Row]) -> list[Row]:
    """Gold arrival_daily of one day, from its bronze watch events."""
    rows = [(within(row["received_at"], row["event_time"].date()), row) for row in events]
    rows = [(hours, row) for hours, row in rows if counts(row)]
    return [
        {
            "within_hours": hours,
            "rows": len(own),
            "bulk_rows": sum(map(is_bulk, own)),
            "last_received_at": max(row["received_at"] for row in own),
        }
        for hours in {hours for hours, _ in rows}
        for own in [[row for other, row in rows if other == hours]]
    ]


@dataclass(frozen=True)
class Arrived:
    """All watch events that came until `as_of`, the first of anything on the day `since`."""

    events: list[Row]
    as_of: datetime
    since: date

    def of(self, day: date) -> list[Row]:
        """The rows of a day that are in plays."""
        return [row for row in self._by_day.get(day, []) if counts(row)]

    @cached_property
    def _by_day(self) -> dict[date, list[Row]]:
        return grouped(self.events, lambda row: row["event_time"].date())

    @cached_property
    def measured(self) -> list[date]:
        """The days by which lateness is measured; none where there is too little to measure."""
        today = self.as_of.date()
        days = [day for day in days_between(today - 35 * DAY, today - 8 * DAY) if day > self.since]
        with_rows = [day for day in days if any(not is_bulk(row) for row in self.of(day))]
        return days if len(with_rows) >= 7 else []

    @cached_property
    def came_within(self) -> Counter[int]:
        """How many of their rows came within so many hours after their day."""
        rows = [row for day in self.measured for row in self.of(day) if not is_bulk(row)]
        return Counter(within(row["received_at"], row["event_time"].date()) for row in rows)

    def share(self, hours: int) -> float | None:
        """The share of rows that came within so many hours; None where that is not known."""
        came = self.came_within
        if not came:
            return None
        return sum(rows for each, rows in came.items() if each <= hours) / came.total()

    @property
    def settles(self) -> int | None:
        """The hours after which a day is settled."""
        return next(
            (hours for hours in sorted(self.came_within) if reaches(self.share(hours) or 0, 0.995)),
            None,
        )

    def expected(self, day: date) -> float | None:
        """The share of a day's rows that usually is in by now."""
        if self.as_of < midnight(day + DAY):
            return None
        return self.share(within(self.as_of + HOUR, day))

    def is_settled(self, day: date) -> bool:
        """Whether a day is settled now."""
        if self.as_of < midnight(day + DAY):
            return False
        share = self.expected(day)
        return share is None or reaches(share, 0.995)

    def day(self, day: date) -> Row:
        """What is told of a day."""
        rows, settles = self.of(day), self.settles
        late = [
            row
            for row in rows
            if settles is not None
            and day > self.since
            and not is_bulk(row)
            and within(row["received_at"], day) > settles
        ]
        settled = "late" if late else "settled"
        return {
            "day": day,
            "state": settled if self.is_settled(day) else "provisional",
            "expected_share": self.expected(day),
            "rows": len(rows),
            "late_rows": len(late),
            "bulk_rows": sum(map(is_bulk, rows)),
            "last_received_at": max((row["received_at"] for row in rows), default=None),
        }
