"""Erasing one person, and all that is served of them as one document."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from api.parameters import UserId
from api.path_segments import PERSON, WHOLE_PERSON
from api.problems import GONE, NOT_FOUND
from api.resource import NO_STORE, success
from api.security.erased_persons import actor, tell_of
from api.service import service_of
from netflix_pipeline.serving import NotFound, Play, Snapshot, SnapshotInfo
from netflix_pipeline.serving.answer import AnswerModel
from netflix_pipeline.serving.question import example
from netflix_pipeline.serving.questions.plays import HistoryQuestion
from netflix_pipeline.serving.questions.user import User, UserQuestion
from netflix_pipeline.state import HANDED_OUT, ErasureMark

router = APIRouter(tags=["users"])


class Erasure(AnswerModel):
    """How far the erasure of a person is."""

    state: Literal["pending", "done"] = Field(
        description="pending: nothing is told or taken in of them any more, and their rows go with "
        "the next materialization; done: nothing holds them any more"
    )
    requested_at: datetime = Field(description="when it was asked for")
    done_at: datetime | None = Field(description="when it was complete; null while it is pending")


class Export(AnswerModel):
    """All that is served of one person."""

    user: User = Field(description="profile and viewing; the plays stand beside it")
    snapshot: SnapshotInfo
    plays: tuple[Play, ...] = Field(description="every play, newest first")


ERASURE = Erasure(
    state="pending", requested_at=datetime(2026, 3, 7, 9, 30, tzinfo=UTC), done_at=None
)
ERASED = ERASURE.model_copy(
    update={"state": "done", "done_at": datetime(2026, 3, 7, 9, 31, 40, tzinfo=UTC)}
)
USER = example(UserQuestion)
EXPORT = Export(
    user=USER.data.model_copy(update={"recent_plays": ()}),
    snapshot=USER.snapshot,
    plays=USER.data.recent_plays,
)

COMPLETE = {"model": Erasure, "description": "It is complete"}
PLAYS_AT_ONCE = 500


@router.delete(
    WHOLE_PERSON,
    response_model=Erasure,
    status_code=202,
    responses={202: success(ERASURE)[200], 200: success(ERASED)[200] | COMPLETE},
    summary="Erase one person",
)
async def erase(request: Request, user_id: UserId) -> Response:
    """Have every row of a person removed, wherever it lies.

    From now on nothing is told of them, and nothing that comes in of them is kept. The rows go with
    the next materialization; `done_at` then says when they were gone. To ask again changes nothing.
    The answer is the same for somebody who was never known.
    """
    mark = await service_of(request).erased.mark(user_id, actor(request))
    return _told(mark, 200 if mark.done_at else 202)


@router.get(
    f"{PERSON}/erasure",
    response_model=Erasure,
    responses=NOT_FOUND | success(ERASURE),
    summary="How far an erasure is",
)
async def erasure(request: Request, user_id: UserId) -> Response:
    """When it was asked for, and when it was complete; 404 when nobody asked for it."""
    mark = await service_of(request).erased.mark_of(user_id)
    if mark is None:
        raise NotFound("nobody asked to erase this person: DELETE /users/{id} does.")
    return _told(mark, 200)


@router.get(
    f"{PERSON}/export",
    response_model=Export,
    responses=NOT_FOUND | GONE | success(EXPORT),
    dependencies=[Depends(tell_of)],
    summary="All that is served of one person",
)
async def export(request: Request, user_id: UserId) -> Response:
    """Profile, viewing, and every play, newest first, in one document out of one snapshot.

    Searches, recommendations, reviews and rows as they came are not in the snapshot: the command
    `netflix-pipeline export` gives them too. It is sent as it is read, however long it is.
    """
    service = service_of(request)
    snapshot = await run_in_threadpool(service.snapshots.current)
    user = await run_in_threadpool(snapshot.ask, UserQuestion(user_id, 0))
    await service.erased.note(actor(request), HANDED_OUT, user_id)
    head = Export(
        user=user.data.model_copy(update={"recent_plays": ()}), snapshot=user.snapshot, plays=()
    )
    return StreamingResponse(
        _parts(head, snapshot, user_id),
        media_type="application/json",
        headers=NO_STORE | {"Content-Disposition": 'attachment; filename="person.json"'},
    )


def _parts(head: Export, snapshot: Snapshot, user_id: str) -> Iterator[str]:
    """The document, page by page; its plays stand last."""
    yield head.model_dump_json(by_alias=True).removesuffix("]}")
    cursor, parting = None, ""
    while True:
        page = snapshot.ask(HistoryQuestion(user_id, limit=PLAYS_AT_ONCE, cursor=cursor))
        if page.data:
            yield parting + ",".join(play.model_dump_json() for play in page.data)
            parting = ","
        cursor = page.next
        if cursor is None:
            break
    yield "]}"


def _told(mark: ErasureMark, status: int) -> Response:
    erasure = Erasure(
        state="done" if mark.done_at else "pending",
        requested_at=mark.marked_at,
        done_at=mark.done_at,
    )
    return Response(
        erasure.model_dump_json(), status, media_type="application/json", headers=NO_STORE
    )
