"""`/users`: one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import USER, example
from api.problems import NOT_FOUND
from netflix_pipeline.serving import Answer, User

router = APIRouter(tags=["users"])

UserId = Annotated[str, Path(min_length=1, max_length=64, description="as its source writes it")]


@router.get(
    "/users/{user_id}",
    response_model=Answer[User],
    responses=NOT_FOUND | example(USER),
    summary="One person",
)
async def user(request: Request, user_id: UserId) -> Response:
    """A user's profile, favourite genres, engagement and most recent plays."""
    return await answer(request, lambda queries: queries.user(user_id))
