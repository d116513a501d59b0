"""`/launches`, `/launch-curves`: how titles and series did since their launch."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from api.parameters import filters
from api.path_segments import LAUNCH, LAUNCH_CURVES
from api.problems import NOT_FOUND
from api.resource import answer, resource
from netflix_pipeline.contracts.dimensions import OF_PLAYS, PEOPLE, TIMES
from netflix_pipeline.serving import LONGEST, Filters
from netflix_pipeline.serving.questions.launch import LISTED, LaunchQuestion
from netflix_pipeline.serving.questions.launch_curves import LaunchCurvesQuestion

router = APIRouter(tags=["titles"])

Launched = Annotated[
    str, Path(min_length=1, max_length=LONGEST, description="of a title, or of a series as a whole")
]
Against = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


@resource(router, LAUNCH, LaunchQuestion, "The launch of a title, or of a series", NOT_FOUND)
async def launch(
    request: Request,
    title_id: Launched,
    filters: Annotated[Filters, filters((*OF_PLAYS, *TIMES, *PEOPLE))],
    against: Annotated[
        list[Against] | None,
        Query(
            max_length=LISTED,
            description="ids of launches to compare with, once for each; without any, the last ten "
            "of its type",
        ),
    ] = None,
) -> Response:
    """The first 1, 7, 28 and 91 days of a title since its launch day, and who came with it.

    Beside them the median of all earlier launches of its type that are in the data, and single
    launches to compare with. The launch day is the one on which it was added, else of its first
    play; of a series, that of its first episode.
    """
    chosen = tuple(dict.fromkeys(against or ()))
    return await answer(request, LaunchQuestion(title_id, filters, chosen))


@resource(
    router,
    LAUNCH_CURVES,
    LaunchCurvesQuestion,
    "Each day since the launch of a title, or of a series",
    NOT_FOUND,
)
async def launch_curves(
    request: Request,
    title_id: Launched,
    filters: Annotated[Filters, filters((*OF_PLAYS, *TIMES, *PEOPLE))],
    against: Annotated[
        list[Against] | None,
        Query(max_length=LISTED, description="ids of launches to compare with, once for each"),
    ] = None,
) -> Response:
    """Its first 91 days, each with what there was since the launch, to be drawn beside others.

    Beside it the launches to compare with, and on each day the median of all earlier launches of
    its type that have that day in the data. The launch day is day 0. As CSV it is a row for each
    day of each; rows without an id are those of the medians.
    """
    chosen = tuple(dict.fromkeys(against or ()))
    return await answer(request, LaunchCurvesQuestion(title_id, filters, chosen))
