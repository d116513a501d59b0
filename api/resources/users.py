"""`/users`: one person, told of and erased; `/households`: the profiles of one together."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.types import Scope

from api.delivery.representation import told
from api.parameters import LONGEST_ID, Best, Cursor, Limit, PeriodQuery, Top, UserId
from api.path_segments import HOUSEHOLD, PERSON, WHOLE_PERSON, id_in
from api.problems import GONE, NOT_FOUND
from api.resource import NO_STORE, answer, resource, success
from api.security.erased_persons import actor, tell_of
from api.security.scopes import USERS, is_below_a_person
from api.service import service_of
from api.versions import is_old, without_version
from netflix_pipeline.serving import NotFound, Play, Snapshot, SnapshotInfo
from netflix_pipeline.serving.answer import AnswerModel
from netflix_pipeline.serving.question import example
from netflix_pipeline.serving.questions.interaction_rows import (
    InteractionRowsQuestion,
    RecommendationRowsQuestion,
    SearchRowsQuestion,
    SingleRecommendation,
    SingleSearch,
    of_person,
)
from netflix_pipeline.serving.questions.leaving import UserLeavingQuestion
from netflix_pipeline.serving.questions.plays import HistoryQuestion, HouseholdHistoryQuestion
from netflix_pipeline.serving.questions.user import User, UserQuestion
from netflix_pipeline.serving.questions.viewing import HouseholdViewingQuestion, ViewingQuestion
from netflix_pipeline.serving.questions.what_next import RecommendationsQuestion
from netflix_pipeline.state import HANDED_OUT, ErasureMark

router = APIRouter(tags=["users"])
persons = APIRouter(dependencies=[Depends(tell_of)])
"""What is told of one person."""


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

    user: User = Field(description="profile and viewing; what they did stands beside it")
    snapshot: SnapshotInfo
    plays: tuple[Play, ...] = Field(description="every play, newest first")
    searches: tuple[SingleSearch, ...] = Field(description="every search, newest first")
    recommendations: tuple[SingleRecommendation, ...] = Field(
        description="every recommendation that was shown to them, newest first"
    )


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
    searches=example(SearchRowsQuestion).data,
    recommendations=example(RecommendationRowsQuestion).data,
)

COMPLETE = {"model": Erasure, "description": "It is complete"}
ROWS_AT_ONCE = 500


@router.delete(
    WHOLE_PERSON,
    response_model=Erasure,
    status_code=202,
    responses={202: success(ERASURE)[200], 200: success(ERASED)[200] | COMPLETE},
    summary="Erase one person",
)
async def erase_user(request: Request, user_id: UserId) -> Response:
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
async def user_erasure(request: Request, user_id: UserId) -> Response:
    """When it was asked for, and when it was complete; 404 when nobody asked for it."""
    mark = await service_of(request).erased.mark_of(user_id)
    if mark is None:
        raise NotFound("nobody asked to erase this person: DELETE /users/{id} does.")
    return _told(mark, 200)


@persons.get(
    f"{PERSON}/export",
    response_model=Export,
    responses=NOT_FOUND | GONE | success(EXPORT),
    summary="All that is served of one person",
)
async def user_export(request: Request, user_id: UserId) -> Response:
    """Profile, viewing, every play, search and recommendation in one document out of one snapshot.

    Reviews and rows as they came are not in the snapshot: the command `netflix-pipeline export`
    gives them too. It is sent as it is read, however long it is.
    """
    service = service_of(request)
    snapshot = await run_in_threadpool(service.snapshots.current)
    user = await run_in_threadpool(snapshot.ask, UserQuestion(user_id, 0))
    await service.erased.note(actor(request), HANDED_OUT, user_id)
    head = Export(
        user=user.data.model_copy(update={"recent_plays": ()}),
        snapshot=user.snapshot,
        plays=(),
        searches=(),
        recommendations=(),
    )
    return StreamingResponse(
        (
            told(part.encode(), Export, old=is_old(request.scope))
            for part in _parts(head, snapshot, user_id)
        ),
        media_type="application/json",
        headers=NO_STORE | {"Content-Disposition": 'attachment; filename="person.json"'},
    )


def _plays(
    snapshot: Snapshot, user_id: str, cursor: str | None
) -> tuple[tuple[AnswerModel, ...], str | None]:
    page = snapshot.ask(HistoryQuestion(user_id, limit=ROWS_AT_ONCE, cursor=cursor))
    return page.data, page.next


def _interactions(
    kind: type[InteractionRowsQuestion[Any]],
    snapshot: Snapshot,
    user_id: str,
    cursor: str | None,
) -> tuple[tuple[AnswerModel, ...], str | None]:
    return of_person(kind, snapshot, user_id, ROWS_AT_ONCE, cursor)


PageOf = Callable[[Snapshot, str, str | None], tuple[tuple[AnswerModel, ...], str | None]]

LISTS: dict[str, PageOf] = {
    "plays": _plays,
    "searches": partial(_interactions, SearchRowsQuestion),
    "recommendations": partial(_interactions, RecommendationRowsQuestion),
}
"""A page of each list of an export, and the cursor of the next one."""


def _parts(head: Export, snapshot: Snapshot, user_id: str) -> Iterator[str]:
    """The document, page by page; its lists stand last. No name and no number is cut in two."""
    yield head.model_dump_json(by_alias=True, exclude={*LISTS}).removesuffix("}")
    for name, page in LISTS.items():
        yield f',"{name}":['
        cursor, parting = None, ""
        while True:
            rows, cursor = page(snapshot, user_id, cursor)
            if rows:
                yield parting + ",".join(row.model_dump_json(by_alias=True) for row in rows)
                parting = ","
            if cursor is None:
                break
        yield "]"
    yield "}"


def _told(mark: ErasureMark, status: int) -> Response:
    erasure = Erasure(
        state="done" if mark.done_at else "pending",
        requested_at=mark.marked_at,
        done_at=mark.done_at,
    )
    return Response(
        erasure.model_dump_json(), status, media_type="application/json", headers=NO_STORE
    )


Household = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_ID,
        description="what stands before the slash of its profiles' ids",
    ),
]


@resource(
    router, f"{HOUSEHOLD}/viewing", HouseholdViewingQuestion, "How a household watched", NOT_FOUND
)
async def household_viewing(
    request: Request, household: Household, period: PeriodQuery, top: Top = 10
) -> Response:
    """The same of all profiles of a household together, and how much each watched.

    Profiles that were erased, or are about to be, are in none of it.
    """
    return await answer(
        request,
        HouseholdViewingQuestion(household, period, top=top, without=service_of(request).erased),
    )


@resource(
    router, f"{HOUSEHOLD}/history", HouseholdHistoryQuestion, "What a household played", NOT_FOUND
)
async def household_history(
    request: Request,
    household: Household,
    period: PeriodQuery,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The plays of all its profiles, newest first, in pages: ever, or in `from`..`to`."""
    return await answer(
        request,
        HouseholdHistoryQuestion(
            household, period, limit=limit, cursor=cursor, without=service_of(request).erased
        ),
    )


@resource(persons, f"{PERSON}/history", HistoryQuestion, "What one person played", NOT_FOUND | GONE)
async def user_history(
    request: Request,
    user_id: UserId,
    period: PeriodQuery,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """A user's plays, newest first, in pages: ever, or those that began in `from`..`to`."""
    return await answer(request, HistoryQuestion(user_id, period, limit=limit, cursor=cursor))


@resource(persons, f"{PERSON}/viewing", ViewingQuestion, "How one person watched", NOT_FOUND | GONE)
async def user_viewing(
    request: Request, user_id: UserId, period: PeriodQuery, top: Top = 10
) -> Response:
    """Days, hours of the week, sittings and binges, favourites and devices of one person.

    Of the days `from`..`to`, or of all days on which they ever played something.
    """
    return await answer(request, ViewingQuestion(user_id, period, top=top))


@resource(
    persons,
    f"{PERSON}/leaving",
    UserLeavingQuestion,
    "How likely one person leaves",
    NOT_FOUND | GONE,
)
async def user_leaving(request: Request, user_id: UserId) -> Response:
    """The probability of no play in the 28 days from the newest origin on, and why.

    The three reasons that weigh most are told, each with the days of the plays behind it, which
    `/users/{user_id}/history` lists.
    """
    return await answer(request, UserLeavingQuestion(user_id))


@resource(
    persons,
    f"{PERSON}/recommendations",
    RecommendationsQuestion,
    "What one person may watch next",
    NOT_FOUND | GONE,
)
async def user_recommendations(request: Request, user_id: UserId, limit: Best = 20) -> Response:
    """What they are in the midst of, and films and series that they have not started, with reasons.

    Scores are computed from the person's plays as the snapshot has them, by what was learned of
    everybody at the origin that it tells. `learned` says by which model, and how well lists that
    were made alike have done.
    """
    return await answer(request, RecommendationsQuestion(user_id, limit))


# Behind what lies below a person: an id may hold slashes.
@resource(persons, PERSON, UserQuestion, "One person", NOT_FOUND | GONE)
async def user(request: Request, user_id: UserId) -> Response:
    """A user's profile, favourite genres, engagement, lifecycle and most recent plays."""
    people = service_of(request).people
    return await answer(
        request, UserQuestion(user_id), look_up=lambda asks: people.user(user_id, asks)
    )


router.include_router(persons)


def one(scope: Scope) -> dict[str, str] | None:
    """The id in the path of a request for one person, for those who answer past the router."""
    path = without_version(scope["path"])
    if scope["method"] != "GET" or not path.startswith(USERS):
        return None
    named = path.removeprefix(USERS)
    user_id = id_in(named)
    is_plain = 0 < len(user_id) <= LONGEST_ID and not is_below_a_person(named)
    return {"user_id": user_id} if is_plain else None


async def person(request: Request) -> Response:
    """The same as `user`."""
    await tell_of(request)
    return await user(request, request.path_params["user_id"])
