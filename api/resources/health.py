"""`/health`, `/ready` and `/metrics`: alive, fit to be asked, and what it tells of itself."""

import asyncio
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.problem_catalog import NOT_READY
from api.problems import FieldError, Problem, described, problem
from api.resource import NO_STORE, success
from api.service import Service, service_of
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.monitoring import Check
from netflix_pipeline.serving import SnapshotInfo
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """That the service is alive, and from what it answers."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    status: Literal["alive"] = "alive"
    snapshot: SnapshotInfo | None = Field(description="null before the first publish")
    problem: str | None = Field(description="why a newer snapshot could not be opened")
    event_log: str = Field(description="what an acknowledged event has survived")


def body(service: Service) -> bytes:
    """The body of `/health`."""
    held, problem = service.snapshots.held, service.snapshots.problem
    durability = service.log.durability if service.log else "not open"
    return _body(held.info if held else None, problem, durability)


@lru_cache(1)  # made anew only when something in it changed
def _body(snapshot: SnapshotInfo | None, problem: str | None, event_log: str) -> bytes:
    return (
        Health(snapshot=snapshot, problem=problem, event_log=event_log).model_dump_json().encode()
    )


@router.get(
    "/health",
    response_model=Health,
    responses=success(
        Health(snapshot=EXAMPLE_SNAPSHOT, problem=None, event_log=SqliteLog.durability)
    ),
    summary="Alive, and from which snapshot",
)
async def health(request: Request) -> Response:
    """Answers as long as the service is alive, also before anything is published."""
    return Response(body(service_of(request)), media_type="application/json", headers=NO_STORE)


class Ready(BaseModel):
    """That the service is fit to be asked."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    status: Literal["ready"] = "ready"
    checks: tuple[Check, ...] = Field(description="each passed, or warns of what does no harm yet")


READY = Ready(
    checks=(
        Check(name="event_log", status="passed", detail="events are on disk"),
        Check(name="snapshot", status="passed", detail="version 12"),
        Check(
            name="newest_snapshot",
            status="warning",
            detail="snapshot-000013.duckdb cannot be read: publish again with --full.",
        ),
    )
)
UNFIT: dict[int | str, dict[str, Any]] = {
    503: {
        "description": "not fit to be asked",
        "content": described(
            Problem.of(
                NOT_READY,
                "snapshot: nothing is published yet",
                (FieldError(field="snapshot", detail="nothing is published yet"),),
            )
        ),
    }
}


@router.get(
    "/ready",
    response_model=Ready,
    responses=success(READY) | UNFIT,
    summary="Fit to be asked, or why not",
)
async def ready(request: Request) -> Response:
    """Whether events can be written and a fresh snapshot answers; 503 with the reasons else."""
    checks = await service_of(request).readiness.checks()
    failed = [check for check in checks if check.status == "failed"]
    if failed:
        return problem(
            request,
            NOT_READY,
            "; ".join(f"{check.name}: {check.detail}" for check in failed),
            tuple(FieldError(field=check.name, detail=check.detail) for check in failed),
        )
    return Response(
        Ready(checks=tuple(checks)).model_dump_json(),
        media_type="application/json",
        headers=NO_STORE,
    )


METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "every number, in the text format of Prometheus or OpenMetrics",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": 'netflix_cache_answers_total{source="kept"} 71204.0\n',
            }
        },
    }
}


@router.get("/metrics", response_class=Response, responses=METRICS, summary="For Prometheus")
async def metrics(
    request: Request,
    name: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]] | None,
        Query(max_length=20, description="only the metrics of these names; all without it"),
    ] = None,
) -> Response:
    """Requests, answers, queries, events, snapshot and process, for a scraper."""
    accept = request.headers.get("accept", "")
    # Some of it is looked up in the snapshot, once each.
    names = frozenset(name) if name else None
    exposed = service_of(request).metrics.exposed
    content, media_type = await asyncio.to_thread(exposed, accept, names)
    return Response(content, headers={"Content-Type": media_type} | NO_STORE)
