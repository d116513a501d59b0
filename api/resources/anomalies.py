"""`/anomalies`: what was not as expected, and what it is told to be."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.parameters import Limit, PeriodQuery
from api.resource import answer, resource
from netflix_pipeline.serving.questions.anomalies import (
    AnomaliesQuestion,
    AnomalyLevel,
    AnomalyMetric,
    AnomalyVerdict,
)

router = APIRouter(tags=["analytics"])


@resource(router, "/anomalies", AnomaliesQuestion, "What was not as expected")
async def anomalies(
    request: Request,
    period: PeriodQuery,
    metric: Annotated[
        AnomalyMetric | None, Query(description="of what; without it, of each that is forecast")
    ] = None,
    level: Annotated[
        AnomalyLevel | None, Query(description="of which series; without it, all levels")
    ] = None,
    verdict: Annotated[
        AnomalyVerdict | None, Query(description="what it is told to be; without it, any")
    ] = None,
    limit: Limit = 100,
) -> Response:
    """Days outside what was expected of them, and days whose data have a fault, newest first.

    The verdict is `data are missing`, `explained` or `unexplained`: data come first.
    `evidence` says what it rests on and where to look, `parts` which values of each dimension make
    up the gap. Each is told as the newest origin that looked at its days judged it.
    """
    return await answer(request, AnomaliesQuestion(period, metric, level, verdict, limit))
