"""The users of each week, by what they did before."""

from __future__ import annotations

from netflix_pipeline.serving.answers import LifecycleWeek, Period
from netflix_pipeline.serving.snapshots import Snapshot

WEEKS = "SELECT * FROM lifecycle_weekly WHERE week BETWEEN $from AND $to ORDER BY week"


def lifecycle(snapshot: Snapshot, weeks: Period) -> tuple[LifecycleWeek, ...]:
    """Those of the weeks that lie between the first and the last play, in order."""
    rows = snapshot.rows(WEEKS, {"from": weeks.from_, "to": weeks.to})
    return tuple(LifecycleWeek(**row) for row in rows)
