"""`/health`: whether the service is alive, and which snapshot it answers from."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.examples import SNAPSHOT, example
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.serving import SnapshotInfo, Snapshots

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """That the service is alive, and from what it answers."""

    status: Literal["alive"] = "alive"
    snapshot: SnapshotInfo | None = Field(description="null before the first publish")
    problem: str | None = Field(description="why a newer snapshot could not be opened")
    event_log: str = Field(description="what an acknowledged event has survived")


@router.get(
    "/health",
    response_model=Health,
    responses=example(Health(snapshot=SNAPSHOT, problem=None, event_log=SqliteLog.durability)),
    summary="Alive, and from which snapshot",
)
async def health(request: Request) -> Response:
    """Answers as long as the service is alive, also before anything is published."""
    snapshots: Snapshots = request.app.state.snapshots
    held = snapshots.held
    told = Health(
        snapshot=held.info if held else None,
        problem=snapshots.problem,
        event_log=request.app.state.durability,
    )
    return Response(
        told.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
