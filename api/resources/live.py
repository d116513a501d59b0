"""`/live`: the last hour as it comes in, asked for once or listened to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from api.delivery.live_feed import Feed
from api.problem_catalog import CATCHING_UP, TOO_MANY_STREAMS, ProblemKind
from api.problems import Problem, described, problem
from api.resource import NO_STORE, success
from api.service import service_of
from netflix_pipeline.bounds import Stream
from netflix_pipeline.receiving.live_answers import (
    Live,
    LiveCanary,
    LiveDelay,
    LiveEvent,
    LiveEvents,
    LiveMinute,
    LiveShare,
    LiveTitle,
    LiveTotals,
)

router = APIRouter(prefix="/live", tags=["live"])

AGAIN_AFTER = 1000
"""Milliseconds after which a listener that was cut off comes again."""

LIVES = b":\n"
"""A comment, as a sign of life."""

EXAMPLE = Live(
    as_of=datetime(2026, 3, 7, 20, 15, 12, 250000, tzinfo=UTC),
    from_=datetime(2026, 3, 7, 19, 16, tzinfo=UTC),
    totals=LiveTotals(
        events=LiveEvents(watch=81_204, search=4_120, recommendation=6_310, review=84),
        promos=912,
        hours=6_011.5,
        viewers=5_932,
        watching=1_204,
        duplicates=18,
        quarantined=3,
    ),
    minutes=(
        LiveMinute(
            minute=datetime(2026, 3, 7, 20, 15, tzinfo=UTC), events=311, hours=20.5, viewers=290
        ),
    ),
    top_titles=(LiveTitle(title_id="t-204", title="The Long Night", events=1_904, hours=150.25),),
    by_device=(LiveShare(name="smart_tv", events=40_117, hours=3_190.75),),
    by_country=(LiveShare(name="DE", events=9_210, hours=702.5),),
    newest=(
        LiveEvent(
            received_at=datetime(2026, 3, 7, 20, 15, 12, 246000, tzinfo=UTC),
            type="watch",
            event_id="0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b10",
            title_id="t-204",
            title="The Long Night",
            action="stopped",
            device="smart_tv",
            country="DE",
        ),
    ),
    delay=LiveDelay(events=7_719, p50=0.004, p99=0.061, max=0.214),
    canary=LiveCanary(
        event_id="canary-20260307T201500.000000Z",
        sent_at=datetime(2026, 3, 7, 20, 15, tzinfo=UTC),
        received_at=datetime(2026, 3, 7, 20, 15, 0, 3000, tzinfo=UTC),
        visible_at=datetime(2026, 3, 7, 20, 15, 0, 8000, tzinfo=UTC),
        delay_seconds=0.008,
    ),
)


def _unavailable(kind: ProblemKind, when: str) -> dict[int | str, dict[str, Any]]:
    example = Problem.of(kind, f"{when}: here stands what to do.")
    return {503: {"description": when, "content": described(example)}}


async def _texts(feed: Feed, seen: str | None) -> AsyncIterator[bytes]:
    # Many clients take an empty line for the end of an event, whatever stands before it: so none
    # is sent but behind the data of one.
    yield LIVES
    again = b"retry: %d\n" % AGAIN_AFTER
    async for moment in feed.moments(seen):
        if moment is None:
            yield LIVES
        else:
            parts = moment.position.encode(), moment.body
            yield again + b"id: %s\nevent: live\ndata: %s\n\n" % parts
            again = b""


STREAM_EXAMPLE = (
    f":\nretry: {AGAIN_AFTER}\n"
    "id: 5f0c2b7a91de-4711-3\nevent: live\n"
    f"data: {EXAMPLE.model_dump_json(by_alias=True)}\n\n"
)
EVENT = {
    "type": "object",
    "description": "one event, for readers that take the stream apart",
    "properties": {
        "event": {"const": "live"},
        "id": {"type": "string", "description": "where to go on, for `Last-Event-ID`"},
        "data": {"type": "string", "description": "the whole state, as `/live` answers it"},
        "retry": {"const": AGAIN_AFTER, "description": "with the first [ms]"},
    },
    "required": ["event", "id", "data"],
    "additionalProperties": False,
}
# OpenAPI 3.1 leaves open whether this is of the text or of each event, and readers differ.
EVENTS = {
    "description": "server-sent events",
    "anyOf": [{"type": "string", "description": "the stream as it is sent"}, EVENT],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "states as they come, until you leave",
        "content": {"text/event-stream": {"schema": EVENTS, "example": STREAM_EXAMPLE}},
    }
}


@router.get(
    "",
    response_model=Live,
    responses=success(EXAMPLE) | _unavailable(CATCHING_UP, "the last hour is not read yet"),
    summary="The last hour",
)
async def live(request: Request) -> Response:
    """What came in during the last 60 minutes, by minute of receipt, as this process knows it.

    Events are in it a moment after they were taken, long before the published snapshot has them.
    """
    feed = service_of(request).live
    if not feed.follower.caught_up:
        return _catching_up(request, feed)
    moment = await feed.current()
    return Response(moment.body, media_type="application/json", headers=NO_STORE)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=STREAM
    | _unavailable(TOO_MANY_STREAMS, "as many listen as may, or the last hour is not read yet"),
    summary="The last hour, as it changes",
)
async def live_stream(
    request: Request,
    last_event_id: Annotated[
        str | None,
        Header(max_length=200, description="the last `id` you got: no repeat of what you have"),
    ] = None,
) -> Response:
    """The state of `/live` at once and whenever it changes, as server-sent events named `live`.

    At most four a second; each is the whole state, so nothing is lost by missing some. A comment
    comes after 15 seconds of silence. A stream ends after 15 minutes: come again with its last id.
    """
    service = service_of(request)
    feed, streams = service.live, service.streams
    if not feed.follower.caught_up:
        return _catching_up(request, feed)
    client: str = request.scope["state"].get("client", "")
    streams.look(client)
    return Stream(
        _texts(feed, last_event_id),
        streams,
        client,
        # A proxy in between would otherwise collect what is meant for now.
        headers=NO_STORE | {"X-Accel-Buffering": "no"},
    )


def _catching_up(request: Request, feed: Feed) -> Response:
    return problem(request, CATCHING_UP, f"{feed.follower.progress}: ask again in a moment.")
