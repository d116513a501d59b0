"""Events on their way in: cut, judged and appended to the log; then followed: the last hour."""

from netflix_pipeline.receiving.backlog import Backlog, Waiting
from netflix_pipeline.receiving.body import (
    EVENTS,
    MEDIA_TYPES,
    TooManyEvents,
    UnreadableBody,
    cut,
)
from netflix_pipeline.receiving.follower import Follower
from netflix_pipeline.receiving.lost_files import Lost, LostFiles
from netflix_pipeline.receiving.receiver import Received, Receiver
from netflix_pipeline.receiving.validate_events import Verdict
from netflix_pipeline.sources.formats.http_events import event_schemas

__all__ = [
    "EVENTS",
    "MEDIA_TYPES",
    "Backlog",
    "Follower",
    "Lost",
    "LostFiles",
    "Received",
    "Receiver",
    "TooManyEvents",
    "UnreadableBody",
    "Verdict",
    "Waiting",
    "cut",
    "event_schemas",
]
