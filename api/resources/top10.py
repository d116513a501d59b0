"""`/top10`: the most viewed films, and seasons and series, of a week."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.parameters import Day
from api.resource import answer, resource
from netflix_pipeline.serving import LONGEST
from netflix_pipeline.serving.questions.top10 import ListName, Top10Question

router = APIRouter(tags=["titles"])


@resource(router, "/top10", Top10Question, "The Top 10 of a week")
async def top10(
    request: Request,
    week: Annotated[
        Day | None,
        Query(description="any day of the week (Monday to Sunday); without it, the last full one"),
    ] = None,
    which: Annotated[
        ListName | None, Query(alias="list", description="one of the lists; without it, both")
    ] = None,
    country: Annotated[
        str,
        Query(min_length=1, max_length=LONGEST, description="a country; `all` counts every one"),
    ] = "all",
) -> Response:
    """A week's films, and its seasons and series, by views.

    A week or a country without lists has no entries; `first_week`, `last_week` and `countries` tell
    which have.
    """
    return await answer(request, Top10Question(week, which, country))
