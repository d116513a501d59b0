"""What a stranger may send and hold of a service: the same for API, dashboard and Dagster.

Whatever comes costs time linear in its bytes and a bounded memory, also before anything is known of
who sends it. The server bounds connections and heads (`services/web_server.py`), this room all that
the server hands on.
"""

from netflix_pipeline.bounds.bodies import (
    BodyTooLarge,
    BodyTooSlow,
    OutOfBounds,
    Room,
    TooManyBodies,
    read,
)
from netflix_pipeline.bounds.bounded_cache import BoundedCache
from netflix_pipeline.bounds.head_requests import HeadRequests
from netflix_pipeline.bounds.requests import (
    AddressTooLong,
    HeadersTooLarge,
    RequestBounds,
    TooManyParameters,
)
from netflix_pipeline.bounds.streams import NoStreamLeft, ShareOfStreamsTaken, Stream, Streams

__all__ = [
    "AddressTooLong",
    "BodyTooLarge",
    "BodyTooSlow",
    "BoundedCache",
    "HeadRequests",
    "HeadersTooLarge",
    "NoStreamLeft",
    "OutOfBounds",
    "RequestBounds",
    "Room",
    "ShareOfStreamsTaken",
    "Stream",
    "Streams",
    "TooManyBodies",
    "TooManyParameters",
    "read",
]
