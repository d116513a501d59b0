"""Events on their way in: read from a request's body, judged, written to the log, made visible."""

from netflix_pipeline.receiving.body import (
    EVENTS,
    MEDIA_TYPES,
    TooManyEvents,
    UnreadableBody,
    cut,
)
from netflix_pipeline.receiving.follower import Follower
from netflix_pipeline.receiving.receiver import Received, Receiver
from netflix_pipeline.receiving.tail import Tail
from netflix_pipeline.receiving.validate_events import Verdict
from netflix_pipeline.sources.formats.http_events import event_schemas

__all__ = [
    "EVENTS",
    "MEDIA_TYPES",
    "Follower",
    "Received",
    "Receiver",
    "Tail",
    "TooManyEvents",
    "UnreadableBody",
    "Verdict",
    "cut",
    "event_schemas",
]
