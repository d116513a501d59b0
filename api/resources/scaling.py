"""`/scaling`: how many replicas are advised, for KEDA's metrics-api scaler and whoever asks."""

import asyncio

from fastapi import APIRouter, Request, Response

from api.resource import NO_STORE, success
from api.service import service_of
from netflix_pipeline.intelligence.scaling.advice import ScalingAdvice, ServiceAdvice
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT

router = APIRouter(tags=["health"])

EXAMPLE = ScalingAdvice(
    origin=EXAMPLE_SNAPSHOT.built_at,
    minutes_ahead=6,
    target=0.7,
    problem=None,
    services={
        "api": ServiceAdvice(
            replicas=7,
            reactive=6,
            predicted=7,
            demand=5.62,
            median=6.21,
            upper=6.44,
            error=0.012,
            covered=0.98,
            sample=20_154,
        )
    },
)


@router.get(
    "/scaling",
    response_model=ScalingAdvice,
    responses=success(EXAMPLE),
    summary="Replicas that will be needed",
)
async def scaling(request: Request) -> Response:
    """How many replicas of each service are needed by the time that they are there, and by what.

    By the demand of the last five weeks, a forecast of it, and what a replica was measured to
    serve. Never fewer than the newest demand takes. `services.api.replicas` is what a scaler
    reads; it is not there while nothing can be advised.
    """
    told = await asyncio.to_thread(service_of(request).scaling.advice)
    return Response(told.model_dump_json(), media_type="application/json", headers=NO_STORE)
