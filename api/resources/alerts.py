"""`/alerts`: what fires, since when, and what to do."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.resource import NO_STORE, success
from api.service import service_of
from netflix_pipeline.monitoring.alert_report import (
    AlertReport,
    KnownAlert,
    ToldAlert,
    ToldSilence,
    alert_report,
)
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT

router = APIRouter(tags=["health"])

AT = EXAMPLE_SNAPSHOT.built_at
EXAMPLE = AlertReport(
    watched=True,
    evaluated_at=AT,
    firing=(
        ToldAlert(
            name="ValidationFailed",
            state="firing",
            severity="ticket",
            labels={"table": "gold/activity"},
            summary="2 days of gold/activity are stale: their last good version is shown",
            value=2,
            limit="0 days",
            since=AT,
            fired_at=AT,
            resolved_at=None,
            runbook="#validationfailed",
            view="/trust",
            rows="/quality/checks",
            silenced_until=None,
            inhibited_by=None,
        ),
    ),
    pending=(),
    resolved=(),
    alerts=(
        KnownAlert(name="ValidationFailed", severity="ticket", limit="0 days", last_fired_at=AT),
    ),
    silences=(
        ToldSilence(
            alert="MachineCpu",
            labels={},
            until=AT,
            by="ann",
            because="the yearly backfill",
        ),
    ),
)


@router.get(
    "/alerts",
    response_model=AlertReport,
    responses=success(EXAMPLE),
    summary="What is alerted of",
)
async def alerts(request: Request) -> Response:
    """What fires now, what may soon, what ended last, and when each alert was last seen to fire.

    It is what the built-in watch of `netflix-pipeline serve` found; Prometheus tells for itself.
    """
    told = await asyncio.to_thread(alert_report, service_of(request).settings, datetime.now(UTC))
    return Response(told.model_dump_json(), media_type="application/json", headers=NO_STORE)
