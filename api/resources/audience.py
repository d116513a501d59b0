"""`/analytics/audience`, `/retention`, `/lifecycle`, `/segments`: who watches, and comes back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.delivery.caching import answer
from api.parameters import PeriodQuery
from api.resource import resource
from netflix_pipeline.serving.questions.audience import AudienceQuestion
from netflix_pipeline.serving.questions.lifecycle import LifecycleQuestion
from netflix_pipeline.serving.questions.retention import RetentionQuestion
from netflix_pipeline.serving.questions.segments import SegmentsQuestion

router = APIRouter(prefix="/analytics", tags=["analytics"])

MOST_WEEKS = 104


@resource(router, "/audience", AudienceQuestion, "How many people watch")
async def audience(request: Request, period: PeriodQuery) -> Response:
    """Daily, weekly and monthly viewers and stickiness: those of the period's last day, and by day.

    Each day looks back over its own window, also beyond the period's beginning.
    """
    return await answer(request, AudienceQuestion(period))


@resource(router, "/retention", RetentionQuestion, "Who comes back")
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


@resource(router, "/lifecycle", LifecycleQuestion, "New, returning, resurrected and dormant users")
async def lifecycle(request: Request, period: PeriodQuery) -> Response:
    """The users of each week that `from`..`to` touches, by what they did before.

    Without a period, of the 12 weeks that end with the last week with data. Weeks before the first
    play and after the last one are left out.
    """
    return await answer(request, LifecycleQuestion(period))


@resource(router, "/segments", SegmentsQuestion, "How engaged people are")
async def segments(request: Request) -> Response:
    """How many of all who ever played are core, regular, casual and at risk, and their mean score.

    Scores look back over the 28 days that end with the last day with data; `period` names them.
    """
    return await answer(request, SegmentsQuestion())
