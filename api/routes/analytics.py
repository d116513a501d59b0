"""`/analytics`: the numbers of a period."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import ANALYTICS, example
from api.parameters import PeriodAsked
from netflix_pipeline.serving import Answer, Headline

router = APIRouter(tags=["analytics"])


@router.get(
    "/analytics",
    response_model=Answer[Headline],
    responses=example(ANALYTICS),
    summary="A period at a glance",
)
async def analytics(request: Request, period: PeriodAsked) -> Response:
    """The headline numbers of `from`..`to`, both days included.

    Without a period, of the 28 days that end with the last day with data.
    """
    return await answer(request, lambda queries: queries.headline(period))
