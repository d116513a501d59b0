"""How engaged people are, as of the last day with data."""

from __future__ import annotations

from datetime import timedelta

from netflix_pipeline.contracts.gold.user_profile import SEGMENTS
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Period, Segment, Segments
from netflix_pipeline.serving.snapshots import Row, Snapshot

DAYS = 28
"""Days that a score looks back over, as the metric says."""

COUNTED = f"""
    SELECT segment, count(*) AS users, {METRICS["engagement_score"].expression} AS engagement_score
    FROM user_profile GROUP BY GROUPING SETS ((), (segment))
"""  # noqa: S608  an expression of the metric layer; nothing is bound
NOBODY: Row = {"users": 0, "engagement_score": None}


def scored(snapshot: Snapshot) -> Period | None:
    """The days that scores are of: they end with the last day with data; None without any."""
    last = snapshot.info.data_to
    return Period(from_=last - timedelta(days=DAYS - 1), to=last) if last else None


def segments(snapshot: Snapshot) -> Segments:
    """How many of all who ever played are in each segment, those that nobody is in included."""
    found = {row.pop("segment"): row for row in snapshot.rows(COUNTED)}
    everybody = found[None]
    whole = everybody["users"]
    return Segments(
        **everybody,
        segments=tuple(
            Segment(segment=name, share=row["users"] / whole if whole else None, **row)
            for name, row in ((name, found.get(name, NOBODY)) for name in SEGMENTS)
        ),
    )
