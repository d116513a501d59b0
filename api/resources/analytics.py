"""`/analytics`: the numbers of a period, in its course, and by the hours of a week."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.delivery.caching import answer
from api.parameters import CompareQuery, FiltersQuery, PeriodQuery, ZoneQuery
from api.resource import resource
from netflix_pipeline.serving import OF_PERIODS, Granularity, Split
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.heatmap import HeatMapQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion

router = APIRouter(tags=["analytics"])


MOST_GROUPS = 20


@resource(router, "/analytics", HeadlineQuestion, "A period at a glance")
async def analytics(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
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
    a filter that is given are in `left_out`; naming one in `metrics` is an error.
    """
    names = tuple(metrics.split(",")) if metrics is not None else None
    return await answer(request, HeadlineQuestion(period, filters, names, compare))


@resource(router, "/analytics/timeseries", SeriesQuestion, "A metric in the course of a period")
async def timeseries(
    request: Request,
    period: PeriodQuery,
    filters: FiltersQuery,
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
        Query(description="weeks begin on Monday; hour: for plays and hours_viewed, 92 days"),
    ] = "day",
    split_by: Annotated[Split | None, Query(description="a line for each value of it")] = None,
    top: Annotated[
        int, Query(ge=1, le=MOST_GROUPS, description="lines of a split; the others are the rest")
    ] = 10,
    compare: CompareQuery = None,
    zone: ZoneQuery = "UTC",
) -> Response:
    """Every hour, day, week or month of the period, in order, also those in which nothing happened.

    Viewers of a bucket are different users of all of it. In another zone than UTC, and by the hour,
    only plays and hours_viewed are known, of the plays whose time is known to the second.
    """
    question = SeriesQuestion(
        metric,
        period,
        filters,
        granularity=granularity,
        split_by=split_by,
        top=top,
        compare=compare,
        zone=zone,
    )
    return await answer(request, question)


@resource(router, "/analytics/heatmap", HeatMapQuestion, "Plays and hours by weekday and hour")
async def heatmap(
    request: Request, period: PeriodQuery, filters: FiltersQuery, zone: ZoneQuery = "UTC"
) -> Response:
    """The 168 hours of a week on the clock of a zone, over the whole period.

    A play counts whole in the hour in which it started; only plays whose time is known to the
    second are in it.
    """
    return await answer(request, HeatMapQuestion(period, filters, zone))
