"""`/plays`: the rows behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.delivery.caching import answer
from api.parameters import Cursor, FiltersQuery, Limit, PeriodQuery
from api.resource import resource
from api.service import service_of
from netflix_pipeline.contracts.measures import COUNTS
from netflix_pipeline.serving.questions.plays import PlaysQuestion

router = APIRouter(tags=["analytics"])


if TYPE_CHECKING:
    Counted = str
else:
    Counted = Literal[COUNTS]


@resource(router, "/plays", PlaysQuestion, "The rows behind a number")
async def plays(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
    of: Annotated[Counted, Query(description="the count whose plays are meant")] = "plays",
    limit: Limit = 100,
    cursor: Cursor = None,
    weekday: Annotated[
        int | None, Query(ge=1, le=7, description="weekday of UTC on which it began; 1 is Monday")
    ] = None,
    hour: Annotated[
        int | None,
        Query(
            ge=0,
            le=23,
            description="hour of UTC in which it began, where that is known",
        ),
    ] = None,
) -> Response:
    """The plays that a count of `/analytics` is made of, under the same filters, newest first.

    There are exactly as many rows, on all pages, as that count says, but for those of persons who
    are about to be erased.
    """
    question = PlaysQuestion(
        period,
        filters,
        of,
        limit,
        cursor,
        weekday=weekday,
        hour=hour,
        without=service_of(request).erased,
    )
    return await answer(request, question)
