"""The published snapshot, and the one query layer that the API and the dashboard share."""

from netflix_pipeline.serving.answers import (
    ALL,
    LONGEST,
    Answer,
    ArrivalDay,
    Arrived,
    DayValue,
    Filters,
    Headline,
    Ledger,
    Page,
    Period,
    Play,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
    SnapshotInfo,
    Title,
    TitleMeasures,
    User,
    Viewing,
)
from netflix_pipeline.serving.errors import BadCursor, BadPeriod, NoSnapshot, NotFound
from netflix_pipeline.serving.following import following
from netflix_pipeline.serving.home import publish_home, published_numbers, snapshot_info
from netflix_pipeline.serving.publish import Published, publish
from netflix_pipeline.serving.queries import Queries
from netflix_pipeline.serving.snapshots import Snapshot, Snapshots

__all__ = [
    "ALL",
    "LONGEST",
    "Answer",
    "ArrivalDay",
    "Arrived",
    "BadCursor",
    "BadPeriod",
    "DayValue",
    "Filters",
    "Headline",
    "Ledger",
    "NoSnapshot",
    "NotFound",
    "Page",
    "Period",
    "Play",
    "Published",
    "Quarantine",
    "QuarantinedRow",
    "Queries",
    "ReasonCount",
    "Snapshot",
    "SnapshotInfo",
    "Snapshots",
    "Title",
    "TitleMeasures",
    "User",
    "Viewing",
    "following",
    "publish",
    "publish_home",
    "published_numbers",
    "snapshot_info",
]
