"""`POST /events`: events in, durable before the answer."""

import asyncio
from functools import lru_cache
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import ClientDisconnect

from api.problems import Problem
from api.resource import NO_STORE
from api.security.request_bodies import BODY_BYTES, UnknownMediaType
from api.service import service_of
from netflix_pipeline.bounds.bodies import BODY_SECONDS
from netflix_pipeline.monitoring import tracing
from netflix_pipeline.receiving import (
    EVENTS,
    MEDIA_TYPES,
    Received,
    Verdict,
    cut,
    event_schemas,
)

router = APIRouter(tags=["events"])


class EventResult(BaseModel):
    """What became of one event."""

    event_id: str | None = Field(description="as sent; null where it cannot be read")
    result: Verdict
    reasons: list[str] = Field(
        default=[], description="why it is quarantined or rejected: every reason that holds"
    )
    detail: str = Field(default="", description="more about a rejection")
    left_out: list[str] = Field(
        default=[],
        description="fields that could not be understood: they stay empty, the event is kept",
    )


class Counts(BaseModel):
    """How many events of the request came to what."""

    stored: int
    duplicate: int
    quarantined: int
    rejected: int


class EventsReceived(BaseModel):
    """What became of the events of a request, in their order; all but rejected ones are on disk."""

    received_at: AwareDatetime
    counts: Counts
    ignored_fields: list[str] = Field(
        default=[],
        description="names that no event of that type has, the first of them in order: they are in "
        "no table; left out where there are none",
    )
    results: list[EventResult]


EXAMPLE_SENT = {
    "type": "watch",
    "event_id": "0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b10",
    "user_id": "u-17",
    "title_id": "t-204",
    "event_time": "2026-03-06T20:15:00Z",
    "action": "stopped",
    "watch_seconds": 2710.5,
    "device": "smart_tv",
    "country": "DE",
}
EXAMPLE_RECEIVED = {
    "received_at": "2026-03-06T21:00:12.120345Z",
    "counts": {"stored": 2, "duplicate": 0, "quarantined": 1, "rejected": 0},
    "ignored_fields": ["colour"],
    "results": [
        {"event_id": "0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b10", "result": "stored"},
        {
            "event_id": "0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b12",
            "result": "stored",
            "left_out": ["country"],
        },
        {
            "event_id": "0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b11",
            "result": "quarantined",
            "reasons": ["negative_watch_seconds"],
        },
    ],
}
PLACES = {
    kind: f"#/components/schemas/{schema['title']}" for kind, schema in event_schemas().items()
}
"""Where the description says what each type of event is."""
SCHEMAS = {schema["title"]: schema for schema in event_schemas().values()} | {
    "Event": {
        "title": "Event",
        "description": "An event of any type; `type` says which.",
        "oneOf": [{"$ref": place} for place in PLACES.values()],
        "discriminator": {"propertyName": "type", "mapping": PLACES},
        "example": EXAMPLE_SENT,
    }
}
"""What it says of them, by name; clients are made of named schemas only."""
EVENT = {"$ref": "#/components/schemas/Event"}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [EVENT, {"type": "array", "items": EVENT, "maxItems": EVENTS}]},
                "example": EXAMPLE_SENT,
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": EXAMPLE_RECEIVED}}},
    408: {"model": Problem, "description": f"the body did not come within {BODY_SECONDS:.0f} s"},
    413: {"model": Problem, "description": f"more than {BODY_BYTES:,} bytes or {EVENTS:,} events"},
    415: {"model": Problem, "description": "a media type or encoding that is not read here"},
    422: {"model": Problem, "description": "the body as a whole cannot be read"},
    429: {"model": Problem, "description": "more events in a second than a client may send"},
    503: {"model": Problem, "description": "the events cannot be written just now: send again"},
}


@router.post(
    "/events",
    response_model=EventsReceived,
    responses=RESPONSES,
    openapi_extra=BODY,
    summary="Events in",
)
async def send_events(request: Request) -> Response:
    """Take one event, an array of events, or NDJSON; gzip and zstd are unpacked.

    Answers when what is told to be stored, duplicate or quarantined is on disk. `event_id` makes
    every retry safe: the same event is stored once. Types and fields are those of the bronze
    tables; an event may have 64 KiB.
    """
    service = service_of(request)
    media_type = _media_type(request.headers.get("content-type", ""))
    try:
        with service.bodies.held(request) as hold:
            body = await service.bodies.read(request, hold)
            inline = len(body) <= INLINE
            texts = (
                cut(body, media_type) if inline else await asyncio.to_thread(cut, body, media_type)
            )
            service.event_limits.take(request.scope, len(texts))
            received = await service.receiver.receive(texts, tracing.current().handed_on)
            counts = _counts(received)
            service.metrics.events(counts)
            told: dict[str, Any] = {"received_at": received.received_at, "counts": counts}
            if received.ignored:
                told["ignored_fields"] = received.ignored
            content = ENCODER.encode(told | {"results": received.judged.results})
            return Response(content, media_type="application/json", headers=NO_STORE)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is left to read it


ENCODER = msgspec.json.Encoder()
INLINE = 256 * 2**10
"""Bytes of a body that is cut into its events at once; a longer one in a thread."""


def _counts(received: Received) -> dict[str, int]:
    verdicts = received.judged
    kept = {
        "stored": len(verdicts.new),
        "duplicate": verdicts.duplicates,
        "quarantined": verdicts.quarantined,
    }
    return kept | {"rejected": len(verdicts.results) - sum(kept.values())}


@lru_cache(64)
def _media_type(header: str) -> str:
    media_type, _, parameters = header.partition(";")
    media_type = media_type.strip().lower()
    charset = parameters.lower().partition("charset=")[2].strip(' "')
    if media_type not in MEDIA_TYPES or charset not in ("", "utf-8", "utf8"):
        raise UnknownMediaType(
            f"events are sent in UTF-8 as {', '.join(MEDIA_TYPES)}, not as "
            f"{header or 'nothing in particular'}: set Content-Type."
        )
    return media_type
