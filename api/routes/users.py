"""`/users`: one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import HISTORY, USER, example
from api.parameters import Cursor, Limit, PeriodAsked
from api.problems import NOT_FOUND
from api.tables import FORMATS, Table
from netflix_pipeline.serving import Answer, Page, Play, User

router = APIRouter(tags=["users"])

PLAYS = Table[tuple[Play, ...]](Play, lambda plays: plays)

UserId = Annotated[str, Path(min_length=1, max_length=64, description="as its source writes it")]


@router.get(
    "/users/{user_id}",
    response_model=Answer[User],
    responses=NOT_FOUND | example(USER),
    summary="One person",
)
async def user(request: Request, user_id: UserId) -> Response:
    """A user's profile, favourite genres, engagement, lifecycle and most recent plays."""
    return await answer(request, lambda queries: queries.user(user_id))


@router.get(
    "/users/{user_id}/history",
    response_model=Page[tuple[Play, ...]],
    responses=NOT_FOUND | example(HISTORY, PLAYS),
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
