"""`/analytics/search` and `/analytics/recommendations`: what was looked for and offered."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.delivery.caching import answer
from api.parameters import PeriodQuery
from api.resource import resource
from netflix_pipeline.serving import LONGEST, Filters
from netflix_pipeline.serving.questions.interactions import (
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
)

router = APIRouter(prefix="/analytics", tags=["analytics"])


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


@resource(router, "/search", SearchesQuestion, "Searches and their success")
async def search(
    request: Request,
    period: PeriodQuery,
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
    filters = Filters(country=country, device=device)
    return await answer(request, SearchesQuestion(period, filters, split_by))


@resource(router, "/recommendations", RecommendationsQuestion, "Recommendations and their clicks")
async def recommendations(
    request: Request,
    period: PeriodQuery,
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
    filters = RecommendationFilters(device=device, algorithm=algorithm)
    return await answer(request, RecommendationsQuestion(period, filters, split_by))
