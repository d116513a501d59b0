"""`/households`: the profiles of a household together."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.delivery.caching import answer
from api.parameters import LONGEST_ID, Cursor, Limit, PeriodQuery, Top
from api.path_ids import HOUSEHOLD
from api.problems import NOT_FOUND
from api.resource import resource
from api.service import service_of
from netflix_pipeline.serving.questions.history import HouseholdHistoryQuestion
from netflix_pipeline.serving.questions.viewing import HouseholdViewingQuestion

router = APIRouter(tags=["users"])


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
    question = HouseholdViewingQuestion(
        household, period, top=top, without=service_of(request).erased
    )
    return await answer(request, question)


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
    question = HouseholdHistoryQuestion(
        household, period, limit=limit, cursor=cursor, without=service_of(request).erased
    )
    return await answer(request, question)
