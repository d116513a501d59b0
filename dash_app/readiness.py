"""Whether the dashboard is fit to be asked, for a load balancer, and its numbers for Prometheus."""

from collections.abc import Iterator, Sequence
from typing import Literal

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from prometheus_client.registry import Collector

from netflix_pipeline.monitoring import Check, background_checks, exposed
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings

NO_STORE = {"Cache-Control": "no-store"}
RETRY = {"Retry-After": "5"}


async def ready(snapshots: Snapshots) -> JSONResponse:
    """The checks; with status 503 where one failed."""
    checks = [*_of(snapshots), *background_checks()]
    fit = all(check.status != "failed" for check in checks)
    body = {"status": "ready" if fit else "not-ready", "checks": [c.model_dump() for c in checks]}
    return JSONResponse(body, 200 if fit else 503, NO_STORE if fit else NO_STORE | RETRY)


async def metrics(settings: Settings, counted: Sequence[Collector], request: Request) -> Response:
    """What the process tells, and what it counted, as a scraper accepts it; of a `name`, or all."""
    accept = request.headers.get("accept", "")
    names = frozenset(request.query_params.getlist("name")) or None
    content, media_type = exposed("netflix_dashboard", accept, settings, *counted, names=names)
    return Response(content, headers=NO_STORE | {"Content-Type": media_type})


def _of(snapshots: Snapshots) -> Iterator[Check]:
    """Without a snapshot there is still the page of what happens now.

    But where a store has one that is not here yet, others show it, and are to be asked.
    """
    held, replica = snapshots.held, snapshots.replica
    problem = held.problem if held else snapshots.missing or "nothing is published yet"
    comes = held is None and replica is not None and not replica.knows_of_none
    status: Literal["passed", "warning", "failed"] = "warning" if problem else "passed"
    detail = problem or (f"version {held.info.version}" if held else "")
    yield Check(name="snapshot", status="failed" if comes else status, detail=detail)
    if snapshots.problem:
        yield Check(name="newest_snapshot", status="warning", detail=snapshots.problem)
    if replica:
        status = "warning" if replica.problem else "passed"
        yield Check(name="snapshot_store", status=status, detail=replica.problem or replica.told)
