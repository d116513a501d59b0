"""Events on their way in: read from a request's body, judged, written to the log, made visible."""

from netflix_pipeline.receiving.body import (
    EVENT_BYTES,
    EVENTS,
    MEDIA_TYPES,
    TooManyEvents,
    UnreadableBody,
    cut,
)
from netflix_pipeline.receiving.judging import Result
from netflix_pipeline.receiving.receiver import Received, Receiver
from netflix_pipeline.receiving.tail import Tail
from netflix_pipeline.sources.http_events import event_schemas

__all__ = [
    "EVENTS",
    "EVENT_BYTES",
    "MEDIA_TYPES",
    "Received",
    "Receiver",
    "Result",
    "Tail",
    "TooManyEvents",
    "UnreadableBody",
    "cut",
    "event_schemas",
]
