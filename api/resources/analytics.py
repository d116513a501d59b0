"""`/analytics`: numbers of a period, who watches, what was looked for; `/plays` and so on: rows."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.parameters import (
    CompareQuery,
    Cursor,
    FiltersQuery,
    Limit,
    PeriodQuery,
    WeekStartQuery,
    ZoneQuery,
    filters,
)
from api.resource import answer, resource
from api.service import service_of
from netflix_pipeline.contracts.measures import COUNTS
from netflix_pipeline.serving import LONGEST, OF_PERIODS, Filters, Granularity, Split
from netflix_pipeline.serving.query.cohorts import Beginning
from netflix_pipeline.serving.query.comparisons import FORMS, Against
from netflix_pipeline.serving.questions.audience import (
    AudienceQuestion,
    LifecycleQuestion,
    RetentionQuestion,
    SegmentsQuestion,
)
from netflix_pipeline.serving.questions.cohorts import MOST_COHORTS, CohortsQuestion, Step
from netflix_pipeline.serving.questions.contributions import (
    SPLIT,
    ContributionsQuestion,
    Dimension,
)
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.heatmap import HeatMapQuestion
from netflix_pipeline.serving.questions.interaction_rows import (
    RecommendationRowsQuestion,
    SearchRowsQuestion,
)
from netflix_pipeline.serving.questions.interactions import (
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
)
from netflix_pipeline.serving.questions.people import PeopleByGroupQuestion, PeopleGroup
from netflix_pipeline.serving.questions.plays import PlaysQuestion
from netflix_pipeline.serving.questions.search_terms import SearchTermSort, SearchTermsQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion

router = APIRouter(tags=["analytics"])


MOST_GROUPS = 20
MOST_PARTS = 100


@resource(router, "/analytics", HeadlineQuestion, "A period at a glance")
async def analytics(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
    zone: ZoneQuery,
    metrics: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=500,
            description="names of metrics, with commas between; all that can be had without it",
            examples=["hours_viewed,viewers"],
        ),
    ] = None,
    compare: CompareQuery = None,
) -> Response:
    """The headline numbers of `from`..`to`, both days included, under filters.

    Without a period, of the 28 days that end with the last day with data. Metrics that cannot take
    a filter that is given are in `left_out`; naming one in `metrics` is an error. `warnings` names
    those that go by days of UTC whatever `tz` says.
    """
    names = tuple(metrics.split(",")) if metrics is not None else None
    return await answer(request, HeadlineQuestion(period, filters, names, compare, zone))


@resource(router, "/analytics/timeseries", SeriesQuestion, "A metric in the course of a period")
async def timeseries(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
    zone: ZoneQuery,
    metric: Annotated[
        str,
        Query(
            min_length=1,
            max_length=64,
            description="its name",
            examples=["hours_viewed"],
            json_schema_extra={"enum": list(OF_PERIODS)},
        ),
    ],
    granularity: Annotated[
        Granularity,
        Query(description="hour: for plays and hours_viewed, 92 days"),
    ] = "day",
    split_by: Annotated[Split | None, Query(description="a line for each value of it")] = None,
    top: Annotated[
        int, Query(ge=1, le=MOST_GROUPS, description="lines of a split; the others are the rest")
    ] = 10,
    compare: CompareQuery = None,
    week_start: WeekStartQuery = None,
) -> Response:
    """Every hour, day, week or month of the period, in order, also those in which nothing happened.

    Viewers of a bucket are different users of all of it. By the hour only plays and hours_viewed
    are known, of the plays whose time is known to the second. Metrics that are not `by_zone` in
    `/metrics-catalog` go by days of UTC whatever `tz` says.
    """
    return await answer(
        request,
        SeriesQuestion(
            metric,
            period,
            filters,
            granularity=granularity,
            split_by=split_by,
            top=top,
            compare=compare,
            zone=zone,
            week_start=week_start or service_of(request).settings.week_start,
        ),
    )


@resource(router, "/analytics/contributions", ContributionsQuestion, "Why a metric changed")
async def contributions(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
    zone: ZoneQuery,
    metric: Annotated[
        str,
        Query(
            min_length=1,
            max_length=64,
            description="its name",
            examples=["completion_rate"],
            json_schema_extra={"enum": list(SPLIT)},
        ),
    ],
    by: Annotated[
        Dimension,
        Query(
            description="by whose values the change is told apart; first_play: people who never "
            "played before the period, against all others"
        ),
    ],
    compare: Annotated[Against, Query(description=f"with what: {FORMS}")] = "previous",
    top: Annotated[
        int, Query(ge=1, le=MOST_PARTS, description="values with a row; the others are the rest")
    ] = 20,
) -> Response:
    """How much each value of a dimension did to the change of a metric, the largest first.

    The contributions of all rows add up to the change. That of a sum is what the value itself
    changed by. Viewers have one more row for people who count under several values. That of a share
    or mean is made of two: how its own rate changed (`rate_effect`), and how its weight did
    (`mix_effect`). Metrics that take no filter, such as `dau`, cannot be split.
    """
    return await answer(
        request,
        ContributionsQuestion(metric, by, period, filters, compare=compare, top=top, zone=zone),
    )


@resource(router, "/analytics/heatmap", HeatMapQuestion, "Plays and hours by weekday and hour")
async def heatmap(
    request: Request, period: PeriodQuery, filters: FiltersQuery, zone: ZoneQuery
) -> Response:
    """The 168 hours of a week on the clock of a zone, over the whole period.

    A play counts whole in the hour in which it started; only plays whose time is known to the
    second are in it.
    """
    return await answer(request, HeatMapQuestion(period, filters, zone))


MOST_WEEKS = 104


@resource(router, "/analytics/audience", AudienceQuestion, "How many people watch")
async def audience(request: Request, period: PeriodQuery) -> Response:
    """Daily, weekly and monthly viewers and stickiness: those of the period's last day, and by day.

    Each day looks back over its own window, also beyond the period's beginning.
    """
    return await answer(request, AudienceQuestion(period))


@resource(router, "/analytics/retention", RetentionQuestion, "Who comes back")
async def retention(
    request: Request,
    period: PeriodQuery,
    weeks: Annotated[
        int, Query(ge=0, le=MOST_WEEKS, description="how many weeks later is looked at")
    ] = 12,
) -> Response:
    """The cohorts of the weeks that `from`..`to` touches: whose first play fell in them.

    Without a period, those of the 12 weeks that end with the last week with data; at most 104. A
    week that has not ended is provisional, and in no rate.
    """
    return await answer(request, RetentionQuestion(period, weeks))


@resource(
    router,
    "/analytics/cohorts",
    CohortsQuestion,
    "Who comes back, by day, or by what people began with",
)
async def cohorts(
    request: Request,
    period: PeriodQuery,
    step: Annotated[
        Step, Query(description="counted are days, or ISO weeks, after that of the first play")
    ] = "day",
    by: Annotated[
        Beginning | None,
        Query(
            description="in place of when people began, what with: title (of a series the series), "
            "country or device of the first play ever"
        ),
    ] = None,
    steps: Annotated[
        int, Query(ge=0, le=MOST_COHORTS, description="how many steps later is looked at")
    ] = 28,
    top: Annotated[
        int, Query(ge=1, le=MOST_GROUPS, description="groups told apart, most people first")
    ] = 10,
) -> Response:
    """Who plays k days or weeks after the first play, of those who began in `from`..`to`.

    A cohort is a day or a week of first plays, or with `by` all people of the period who began with
    the same. What has not ended is left out: with `by` a rate is of the people of whom it is over.
    At most 104 days or weeks; without a period, 28 days or 12 weeks up to the last with data.
    """
    question = CohortsQuestion(step, by, period, most=steps, top=top)
    return await answer(request, question)


@resource(
    router,
    "/analytics/lifecycle",
    LifecycleQuestion,
    "New, returning, resurrected and dormant users",
)
async def lifecycle(request: Request, period: PeriodQuery) -> Response:
    """The users of each week that `from`..`to` touches, by what they did before.

    Without a period, of the 12 weeks that end with the last week with data. Weeks before the first
    play and after the last one are left out.
    """
    return await answer(request, LifecycleQuestion(period))


@resource(router, "/analytics/segments", SegmentsQuestion, "How engaged people are")
async def segments(request: Request) -> Response:
    """How many of all who ever played are core, regular, casual and at risk, and their mean score.

    Scores look back over the 28 days that end with the last day with data; `period` names them.
    """
    return await answer(request, SegmentsQuestion())


@resource(router, "/analytics/people", PeopleByGroupQuestion, "Viewing by groups of people")
async def people(
    request: Request,
    by: Annotated[
        PeopleGroup,
        Query(
            description="segment: by the engagement score of the last 28 days with data; "
            "lifecycle: by what they did before each week; first_title, first_country, "
            "first_device: by their first play ever, of a series by the series"
        ),
    ],
    period: PeriodQuery,
    filters: FiltersQuery,
    top: Annotated[
        int, Query(ge=1, le=MOST_GROUPS, description="groups that are told apart, most hours first")
    ] = 10,
    compare: CompareQuery = None,
) -> Response:
    """Hours, viewers and plays of groups of people in the days `from`..`to`; nobody by name.

    With `compare` the hours of each group stand beside those of the same group on the other side.
    """
    question = PeopleByGroupQuestion(by, period, filters, top, compare=compare)
    return await answer(request, question)


@resource(router, "/analytics/search", SearchesQuestion, "Searches and their success")
async def search(
    request: Request,
    period: PeriodQuery,
    filters: Annotated[Filters, filters(("country", "device"))],
    split_by: Annotated[
        Literal["country", "device"] | None,
        Query(description="tell the 20 largest groups apart; at most 366 days"),
    ] = None,
) -> Response:
    """Searches, those with a click and those without results, of the period and by day.

    Without a period: the 28 days that end with the last day with searches.
    """
    return await answer(request, SearchesQuestion(period, filters, split_by))


@resource(
    router,
    "/analytics/search/terms",
    SearchTermsQuestion,
    "What people searched for, and did not find",
)
async def search_terms(
    request: Request,
    period: PeriodQuery,
    filters: Annotated[Filters, filters(("country", "device"))],
    sort: Annotated[SearchTermSort, Query(description="most first")] = "searches",
    limit: Limit = 50,
    cursor: Cursor = None,
    compare: CompareQuery = None,
) -> Response:
    """Each term that enough people searched for, and how that went; `rest` is all other terms.

    People are counted in the period and under the filters. Queries that differ only in case,
    blanks or encoding are one term. With `compare` stands beside the count sorted by what it was on
    the other side. Without a period: the 28 days that end with the last day with searches.
    """
    question = SearchTermsQuestion(period, filters, sort, limit, cursor, compare=compare)
    return await answer(request, question)


@resource(
    router,
    "/analytics/recommendations",
    RecommendationsQuestion,
    "Recommendations and their clicks",
)
async def recommendations(
    request: Request,
    period: PeriodQuery,
    filters: Annotated[
        RecommendationFilters, filters(("device", "algorithm"), RecommendationFilters)
    ],
    split_by: Annotated[
        Literal["device", "algorithm"] | None,
        Query(description="tell the 20 largest groups apart; at most 366 days"),
    ] = None,
) -> Response:
    """Recommendations shown and clicked, of the period and by day.

    Without a period: the 28 days that end with the last day with recommendations.
    """
    return await answer(request, RecommendationsQuestion(period, filters, split_by))


if TYPE_CHECKING:
    Counted = str
else:
    Counted = Literal[COUNTS]


@resource(router, "/plays", PlaysQuestion, "The rows behind a number")
async def plays(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
    zone: ZoneQuery,
    of: Annotated[Counted, Query(description="the count whose plays are meant")] = "plays",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The plays that a count of `/analytics` is made of, under the same filters, newest first.

    There are exactly as many rows, on all pages, as that count says, but for those of persons who
    are about to be erased.
    """
    return await answer(
        request,
        PlaysQuestion(
            period,
            filters,
            of,
            limit,
            cursor,
            without=service_of(request).erased,
            zone=zone,
        ),
    )


if TYPE_CHECKING:
    OfSearches = str
    OfRecommendations = str
else:
    OfSearches = Literal[tuple(SearchRowsQuestion.counted)]
    OfRecommendations = Literal[tuple(RecommendationRowsQuestion.counted)]


@resource(router, "/searches", SearchRowsQuestion, "The searches behind a number")
async def searches(
    request: Request,
    period: PeriodQuery,
    filters: Annotated[Filters, filters(("country", "device"))],
    of: Annotated[OfSearches, Query(description="the count whose searches are meant")] = "searches",
    term: Annotated[
        str | None,
        Query(min_length=1, max_length=LONGEST, description="only those for a search term"),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The searches that a count of `/analytics/search` is made of, newest first, with their words.

    Under the same filters; but for those of persons who are about to be erased.
    """
    return await answer(
        request,
        SearchRowsQuestion(
            period,
            filters,
            of,
            limit,
            cursor,
            term=term,
            without=service_of(request).erased,
        ),
    )


@resource(
    router, "/recommendations", RecommendationRowsQuestion, "The recommendations behind a number"
)
async def recommended(
    request: Request,
    period: PeriodQuery,
    filters: Annotated[
        RecommendationFilters, filters(("device", "algorithm"), RecommendationFilters)
    ],
    of: Annotated[
        OfRecommendations, Query(description="the count whose recommendations are meant")
    ] = "shown",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The recommendations that a count of `/analytics/recommendations` is made of, newest first.

    Under the same filters; but for those of persons who are about to be erased.
    """
    return await answer(
        request,
        RecommendationRowsQuestion(
            period, filters, of, limit, cursor, without=service_of(request).erased
        ),
    )
