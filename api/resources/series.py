"""`/series/{series_id}`: one series, by season and by episode."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from api.parameters import CompareQuery, PeriodQuery, ZoneQuery, filters
from api.path_segments import SERIES
from api.problems import NOT_FOUND
from api.resource import answer, resource
from netflix_pipeline.contracts.dimensions import OF_PLAYS, PEOPLE, TIMES
from netflix_pipeline.metrics import FUNNEL_USERS
from netflix_pipeline.serving import LONGEST, Filters
from netflix_pipeline.serving.questions.episodes import COMPARED, SeriesDetailQuestion

router = APIRouter(tags=["titles"])

SeriesId = Annotated[
    str,
    Path(min_length=1, max_length=LONGEST, description="what its episodes name in `series_id`"),
]
AtLeast = Annotated[
    int,
    Query(
        ge=1,
        le=1_000_000,
        description="users of an episode from which the step to the next one may be the worst or "
        "the best",
    ),
]
if TYPE_CHECKING:
    Compared = str
else:
    Compared = Literal[COMPARED]


@resource(router, SERIES, SeriesDetailQuestion, "One series by season and episode", NOT_FOUND)
async def series(
    request: Request,
    series_id: SeriesId,
    period: PeriodQuery,
    filters: Annotated[Filters, filters((*OF_PLAYS, *TIMES, *PEOPLE))],
    zone: ZoneQuery,
    at_least: AtLeast = FUNNEL_USERS,
    metric: Annotated[
        Compared, Query(description="which number of seasons and episodes is compared")
    ] = COMPARED[0],
    compare: CompareQuery = None,
) -> Response:
    """A series in a period under filters: all of it, each season, and each episode in its order.

    Beside them stand who went on to the next episode within 7 days, of all days so far, and the
    funnel: how many of those who started the first episode in the period started each later one,
    whenever that was. Specials (season 0) come last and are in no funnel. With `compare` each
    season and episode has its `metric` in other days, or under another filter but a title. As CSV
    it is a row for each episode.
    """
    question = SeriesDetailQuestion(
        series_id,
        period,
        filters,
        at_least=at_least,
        metric=metric,
        compare=compare,
        zone=zone,
    )
    return await answer(request, question)
