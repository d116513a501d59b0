"""`/slos`: what is promised, and what is left of what may go wrong."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.resource import NO_STORE, success
from api.service import service_of
from netflix_pipeline.monitoring.objective_report import (
    ObjectiveReport,
    ToldObjective,
    objective_report,
)
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT

router = APIRouter(tags=["health"])

AT = EXAMPLE_SNAPSHOT.built_at
EXAMPLE = ObjectiveReport(
    watched=True,
    evaluated_at=AT,
    days=30,
    objectives=(
        ToldObjective(
            name="ledger",
            title="Ledger rows",
            promise="Rows that arrive are stored or known: none is lost, and few are in "
            "quarantine.",
            objective=0.99,
            unit="rows",
            every=4_100_000,
            bad=12,
            allowed=41_000,
            budget_left=0.9997,
            burn=0,
            bad_since=None,
            measured_from=AT,
            measured_seconds=2_590_000,
            alerts=(),
            summary="12 of 41,000 rows that may go wrong in 30 days did: 99.97% of the budget is "
            "left",
        ),
    ),
)


@router.get(
    "/slos",
    response_model=ObjectiveReport,
    responses=success(EXAMPLE),
    summary="Service level objectives and their budgets",
)
async def slos(request: Request) -> Response:
    """What is promised of 30 days, what of its budget is used, and how fast it burns now.

    It is what the built-in watch of `netflix-pipeline serve` measured. Time that it did not measure
    counts neither as good nor as bad; the ledger tells of all rows of 30 days.
    """
    now = datetime.now(UTC)
    told = await asyncio.to_thread(objective_report, service_of(request).settings, now)
    return Response(told.model_dump_json(), media_type="application/json", headers=NO_STORE)
