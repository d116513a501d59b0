"""`/users`: one person; `/households`: the profiles of a household together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from starlette.types import Scope

from api.parameters import LONGEST_ID, Cursor, Limit, PeriodQuery, Top, UserId
from api.path_segments import HOUSEHOLD, PERSON, id_in
from api.problems import GONE, NOT_FOUND
from api.resource import answer, resource
from api.security.erased_persons import tell_of
from api.security.scopes import USERS, is_below_a_person
from api.service import service_of
from netflix_pipeline.serving.questions.plays import HistoryQuestion, HouseholdHistoryQuestion
from netflix_pipeline.serving.questions.user import UserQuestion
from netflix_pipeline.serving.questions.viewing import HouseholdViewingQuestion, ViewingQuestion

router = APIRouter(tags=["users"])
persons = APIRouter(dependencies=[Depends(tell_of)])
"""What is told of one person."""


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
async def history(
    request: Request,
    user_id: UserId,
    period: PeriodQuery,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """A user's plays, newest first, in pages: ever, or those that began in `from`..`to`."""
    return await answer(request, HistoryQuestion(user_id, period, limit=limit, cursor=cursor))


@resource(persons, f"{PERSON}/viewing", ViewingQuestion, "How one person watched", NOT_FOUND | GONE)
async def viewing(
    request: Request, user_id: UserId, period: PeriodQuery, top: Top = 10
) -> Response:
    """Days, hours of the week, sittings and binges, favourites and devices of one person.

    Of the days `from`..`to`, or of all days on which they ever played something.
    """
    return await answer(request, ViewingQuestion(user_id, period, top=top))


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
    path: str = scope["path"]
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
