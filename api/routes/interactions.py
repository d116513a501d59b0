"""`/analytics/search` and `/analytics/recommendations`: what was looked for and offered."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import RECOMMENDATIONS, SEARCHES, example
from api.parameters import PeriodAsked
from api.tables import FORMATS, Table
from netflix_pipeline.serving import (
    LONGEST,
    Answer,
    RecommendationDay,
    Recommendations,
    SearchDay,
    Searches,
)

router = APIRouter(prefix="/analytics", tags=["analytics"])

SEARCH_DAYS = Table[Searches](SearchDay, lambda searches: searches.days)
SHOWN_DAYS = Table[Recommendations](RecommendationDay, lambda shown: shown.days)

Country = Annotated[
    str | None,
    Query(min_length=1, max_length=LONGEST, description="ISO 3166-1 alpha-2, or `unknown`"),
]
Device = Annotated[
    str | None,
    Query(min_length=1, max_length=LONGEST, description="kind of device, or `unknown`"),
]
Algorithm = Annotated[
    str | None,
    Query(min_length=1, max_length=LONGEST, description="the recommender, or `unknown`"),
]


def _given(**filters: str | None) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}


@router.get(
    "/search",
    response_model=Answer[Searches],
    responses=example(SEARCHES, SEARCH_DAYS),
    dependencies=[FORMATS],
    summary="Searches and their success",
)
async def search(
    request: Request,
    period: PeriodAsked,
    country: Country = None,
    device: Device = None,
    split_by: Annotated[
        Literal["country", "device"] | None,
        Query(description="tell the 20 largest groups apart; at most 366 days"),
    ] = None,
) -> Response:
    """Searches, those with a click and those without results, of the period and by day.

    Without a period: the 28 days that end with the last day with searches.
    """
    filters = _given(country=country, device=device)
    return await answer(
        request, lambda queries: queries.searches(period, filters, split_by), SEARCH_DAYS
    )


@router.get(
    "/recommendations",
    response_model=Answer[Recommendations],
    responses=example(RECOMMENDATIONS, SHOWN_DAYS),
    dependencies=[FORMATS],
    summary="Recommendations and their clicks",
)
async def recommendations(
    request: Request,
    period: PeriodAsked,
    device: Device = None,
    algorithm: Algorithm = None,
    split_by: Annotated[
        Literal["device", "algorithm"] | None,
        Query(description="tell the 20 largest groups apart; at most 366 days"),
    ] = None,
) -> Response:
    """Recommendations shown and clicked, of the period and by day.

    Without a period: the 28 days that end with the last day with recommendations.
    """
    filters = _given(device=device, algorithm=algorithm)
    return await answer(
        request, lambda queries: queries.recommendations(period, filters, split_by), SHOWN_DAYS
    )
