"""`/users`: one person."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.caching import answer
from api.erased import tell_of
from api.examples import HISTORY, USER, example
from api.gathering import Gathering
from api.parameters import Cursor, Limit, PeriodAsked, UserId
from api.person_ids import PERSON
from api.problems import GONE, NOT_FOUND
from api.tables import FORMATS, Table
from netflix_pipeline.serving import Answer, Page, Play, User

router = APIRouter(tags=["users"], dependencies=[Depends(tell_of)])

PLAYS = Table[tuple[Play, ...]](Play, lambda plays: plays)


@router.get(
    f"{PERSON}/history",
    response_model=Page[tuple[Play, ...]],
    responses=NOT_FOUND | GONE | example(HISTORY, PLAYS),
    dependencies=[FORMATS],
    summary="What one person played",
)
async def history(
    request: Request,
    user_id: UserId,
    period: PeriodAsked,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """A user's plays, newest first, in pages: ever, or those that began in `from`..`to`."""
    return await answer(
        request,
        lambda queries: queries.history(user_id, period, limit=limit, cursor=cursor),
        PLAYS,
    )


# Behind what lies below a person: an id may hold slashes.
@router.get(
    PERSON,
    response_model=Answer[User],
    responses=NOT_FOUND | GONE | example(USER),
    summary="One person",
)
async def user(request: Request, user_id: UserId) -> Response:
    """A user's profile, favourite genres, engagement, lifecycle and most recent plays."""
    people: Gathering = request.app.state.people
    return await answer(
        request,
        lambda queries: queries.user(user_id),
        look_up=lambda asks: people.user(user_id, asks),
    )
