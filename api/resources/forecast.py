"""`/forecast`: how much is expected to be watched, and how good such forecasts have been."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.parameters import Day, PeriodQuery
from api.resource import answer, resource
from netflix_pipeline.serving import LONGEST
from netflix_pipeline.serving.questions.forecast import (
    ExpectedQuestion,
    ForecastAccuracyQuestion,
    ForecastLevel,
    ForecastMetric,
    ForecastQuestion,
)

router = APIRouter(tags=["analytics"])

OriginQuery = Annotated[
    Day | None,
    Query(description="the day at whose beginning it was said, one of `origins`; else the newest"),
]
MetricQuery = Annotated[ForecastMetric, Query(description="what is forecast")]
LevelQuery = Annotated[
    ForecastLevel, Query(description="of what the series is one: of everything, or by what")
]
MemberQuery = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST,
        description="which country, device, genre or title (by its id); of the total none is "
        "needed",
    ),
]


@resource(router, "/forecast", ForecastQuestion, "How much is expected to be watched")
async def forecast(
    request: Request,
    metric: MetricQuery = "hours_viewed",
    level: LevelQuery = "total",
    member: MemberQuery = None,
    origin: OriginQuery = None,
) -> Response:
    """The 28 days from an origin on as quantiles (`q50` is the median), beside what came.

    `accuracy` is how good such forecasts had been until then. Nothing is told of a series of fewer
    than 10 people; `members` tells which series there are. As CSV it is a row for each day.
    """
    return await answer(request, ForecastQuestion(metric, level, member, origin))


@resource(router, "/forecast/expected", ExpectedQuestion, "What was expected of days that came")
async def expected(
    request: Request,
    period: PeriodQuery,
    metric: MetricQuery = "hours_viewed",
    level: LevelQuery = "total",
    member: MemberQuery = None,
) -> Response:
    """The band of 80 % (`q10` to `q90`) of each day, said before it began where it could be.

    A day has that of the newest origin that is not after it; also one that is still running.
    """
    return await answer(request, ExpectedQuestion(period, metric, level, member))


@resource(
    router,
    "/forecast/accuracy",
    ForecastAccuracyQuestion,
    "How good forecasts have been",
)
async def forecast_accuracy(
    request: Request,
    metric: Annotated[
        ForecastMetric | None, Query(description="what is forecast; without it, each")
    ] = None,
    level: Annotated[
        ForecastLevel | None, Query(description="of which series; without it, all levels")
    ] = None,
    origin: OriginQuery = None,
) -> Response:
    """Each model at up to 12 origins before an origin, 14 days apart, with what was known then.

    `as told` is what would have been told: the model that had been the best until then. `skill` is
    1 - MASE ÷ that of the seasonal naive forecast, with a 95 % interval.
    """
    return await answer(request, ForecastAccuracyQuestion(metric, level, origin))
