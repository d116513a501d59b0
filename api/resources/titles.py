"""`/titles`: the catalogue, and one title."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.parameters import Best, CompareDaysQuery, Cursor, Limit, PeriodQuery, ZoneQuery, filters
from api.path_segments import TITLE as TITLE_PATH
from api.problems import NOT_FOUND
from api.resource import answer, resource
from netflix_pipeline.contracts.dimensions import OF_PLAYS, PEOPLE, TIMES
from netflix_pipeline.serving import LONGEST, Filters
from netflix_pipeline.serving.questions.title import TitleQuestion
from netflix_pipeline.serving.questions.titles import (
    CHOICES,
    Level,
    TitleFilters,
    TitleSort,
    TitlesQuestion,
)
from netflix_pipeline.serving.questions.top10 import ListName
from netflix_pipeline.serving.questions.what_next import SimilarTitlesQuestion

router = APIRouter(tags=["titles"])


Flag = Literal["true", "false"] | None
FIRST_YEAR, LAST_YEAR = 1800, 3000
TitleId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST,
        description="of a title, or of a season or a series as a whole",
    ),
]


def _true(flag: Flag) -> bool | None:
    return None if flag is None else flag == "true"


def _wanted(
    choices: Annotated[TitleFilters, filters(CHOICES, TitleFilters)],
    search: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=LONGEST,
            description="part of the name, or the id; case and accents do not matter",
        ),
    ] = None,
    is_original: Annotated[Flag, Query(description="whether the service produced it")] = None,
    which: Annotated[
        ListName | None, Query(alias="list", description="tv: episodes and series; films: others")
    ] = None,
    series: Annotated[
        str | None,
        Query(min_length=1, max_length=LONGEST, description="the id of a series: its episodes"),
    ] = None,
    season: Annotated[
        int | None, Query(ge=0, le=10_000, description="only episodes of the season of that number")
    ] = None,
    release_year: Annotated[
        int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="only titles of that year")
    ] = None,
    released_from: Annotated[
        int | None,
        Query(ge=FIRST_YEAR, le=LAST_YEAR, description="only titles of that year or later"),
    ] = None,
    released_to: Annotated[
        int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="only titles up to that year")
    ] = None,
    described: Annotated[Flag, Query(description="whether a source describes it")] = None,
    watched: Annotated[Flag, Query(description="whether it was ever played")] = None,
) -> TitleFilters:
    return TitleFilters(
        **choices.given,
        search=search,
        is_original=_true(is_original),
        list=which,
        series=series,
        season=season,
        release_year=release_year,
        released_from=released_from,
        released_to=released_to,
        described=_true(described),
        watched=_true(watched),
    )


@resource(router, "/titles", TitlesQuestion, "The catalogue")
async def titles(
    request: Request,
    wanted: Annotated[TitleFilters, Depends(_wanted)],
    zone: ZoneQuery,
    sort: Annotated[
        TitleSort, Query(description="by name or episode from the first, else most first")
    ] = "title",
    order: Annotated[
        Literal["asc", "desc"] | None,
        Query(description="the other way round; what is unknown comes last either way"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    period: PeriodQuery = None,
    level: Annotated[
        Level | None,
        Query(description="what a row is, beside films; titles as their sources have them without"),
    ] = None,
    compare: CompareDaysQuery = None,
) -> Response:
    """Titles with what is known of them and how they were watched, in pages.

    In the days `from`..`to`, or so far; reviews and rating are always those so far. A row of a
    series or a season has the numbers of all its episodes, and each of its viewers once. With
    `compare` stands beside the metric sorted by what it was in other days, of each row.
    """
    return await answer(
        request,
        TitlesQuestion(
            wanted,
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
            period=period,
            level=level,
            compare=compare,
            zone=zone,
        ),
    )


# Before the title itself: an id may hold slashes.
@resource(
    router,
    f"{TITLE_PATH}/similar",
    SimilarTitlesQuestion,
    "What the same people watch as a title",
    NOT_FOUND,
)
async def similar_titles(request: Request, title_id: TitleId, limit: Best = 20) -> Response:
    """Films and series that who started the title starts more than others do, most first.

    Learned at the origin that it tells, of all starts; a season or an episode stands for its
    series. `learned` says by which model, and how well lists that were made alike have done.
    """
    return await answer(request, SimilarTitlesQuestion(title_id, limit))


@resource(router, TITLE_PATH, TitleQuestion, "One title, season or series", NOT_FOUND)
async def title(
    request: Request,
    title_id: TitleId,
    period: PeriodQuery,
    filters: Annotated[Filters, filters((*OF_PLAYS, *TIMES, *PEOPLE))],
    zone: ZoneQuery,
) -> Response:
    """What is known of a title, how it was watched so far, and in a period under filters.

    The period is told as a whole, by day, country and device, with how far the starters came. The
    numbers of a season or a series are those of all its episodes. `next_episode` is about all days.
    """
    return await answer(request, TitleQuestion(title_id, period, filters, zone))
