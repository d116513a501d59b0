"""How one person, or a household, watched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api.caching import answer
from api.erased import ErasedPersons, tell_of
from api.examples import HISTORY, VIEWING, example
from api.ids import HOUSEHOLD, PERSON
from api.parameters import LONGEST_ID, Cursor, Limit, PeriodAsked, UserId
from api.problems import GONE, NOT_FOUND
from api.tables import FORMATS, Table
from netflix_pipeline.serving import Answer, Page, PersonalViewing, Play

router = APIRouter(tags=["users"])

PLAYS = Table[tuple[Play, ...]](Play, lambda plays: plays)

Top = Annotated[
    int, Query(ge=1, le=50, description="favourites of a kind and binge sittings that are listed")
]
Household = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_ID,
        description="what stands before the slash of its profiles' ids",
    ),
]


@router.get(
    f"{PERSON}/viewing",
    response_model=Answer[PersonalViewing],
    responses=NOT_FOUND | GONE | example(VIEWING),
    dependencies=[Depends(tell_of)],
    summary="How one person watched",
)
async def viewing(
    request: Request, user_id: UserId, period: PeriodAsked, top: Top = 10
) -> Response:
    """Days, hours of the week, sittings and binges, favourites and devices of one person.

    Of the days `from`..`to`, or of all days on which they ever played something.
    """
    return await answer(request, lambda queries: queries.viewing(user_id, period, top=top))


@router.get(
    f"{HOUSEHOLD}/viewing",
    response_model=Answer[PersonalViewing],
    responses=NOT_FOUND | example(VIEWING),
    summary="How a household watched",
)
async def household_viewing(
    request: Request, household: Household, period: PeriodAsked, top: Top = 10
) -> Response:
    """The same of all profiles of a household together, and how much each watched.

    Profiles that were erased, or are about to be, are in none of it.
    """
    erased: ErasedPersons = request.app.state.erased
    return await answer(
        request,
        lambda queries: queries.household_viewing(
            household, period, top=top, without=erased.persons
        ),
    )


@router.get(
    f"{HOUSEHOLD}/history",
    response_model=Page[tuple[Play, ...]],
    responses=NOT_FOUND | example(HISTORY, PLAYS),
    dependencies=[FORMATS],
    summary="What a household played",
)
async def household_history(
    request: Request,
    household: Household,
    period: PeriodAsked,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The plays of all its profiles, newest first, in pages: ever, or in `from`..`to`."""
    erased: ErasedPersons = request.app.state.erased
    return await answer(
        request,
        lambda queries: queries.household_history(
            household, period, limit=limit, cursor=cursor, without=erased.persons
        ),
        PLAYS,
    )
