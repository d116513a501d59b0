"""What is told of the service: to the log about each request, to monitoring about all it holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.types import Scope

from api.delivery.live_feed import Feed
from api.delivery.query_executor import QueryExecutor
from api.delivery.response_cache import AnswerCache
from api.logs import AccessLog
from api.security.rate_limits import RequestLimits
from api.security.response_headers import Observer, route_of
from netflix_pipeline.monitoring import ServiceMetrics
from netflix_pipeline.serving import SnapshotInfo, Snapshots


def observer(metrics: ServiceMetrics, access_log: AccessLog) -> Observer:
    """Tells both of each request."""

    def told(scope: Scope, status: int, answered: float, ended: float) -> None:
        method, route, state = scope["method"], route_of(scope), scope["state"]
        metrics.request(method, route, status, answered)
        access_log.request(state["request_id"], method, route, status, ended, state.get("key_id"))

    return told


def tell_state(metrics: ServiceMetrics, app: FastAPI) -> None:
    """Let monitoring read what the service holds, whenever it asks."""
    snapshots: Snapshots = app.state.snapshots
    answers: AnswerCache = app.state.answers
    threads: QueryExecutor = app.state.threads
    limits: RequestLimits = app.state.limits

    def of_snapshot(measured: Callable[[SnapshotInfo], float | None]) -> Callable[[], float | None]:
        return lambda: measured(snapshots.held.info) if snapshots.held else None

    def delays() -> Iterable[tuple[tuple[str, ...], float]]:
        feed: Feed | None = getattr(app.state, "live", None)
        measured = feed.follower.view.delay(datetime.now(UTC)) if feed else None
        quantiles = (
            (("0.5", measured.p50), ("0.99", measured.p99), ("1", measured.max)) if measured else ()
        )
        return [((quantile,), seconds) for quantile, seconds in quantiles if seconds is not None]

    metrics.tell(
        "netflix_snapshot_version",
        "Number of the snapshot that is answered from",
        of_snapshot(lambda info: info.version),
    )
    metrics.tell(
        "netflix_snapshot_built_timestamp_seconds",
        "When it was built",
        of_snapshot(lambda info: info.built_at.timestamp()),
    )
    metrics.tell(
        "netflix_snapshot_age_seconds",
        "How long ago it was built",
        of_snapshot(lambda info: max(0.0, time.time() - info.built_at.timestamp())),
    )
    metrics.tell(
        "netflix_snapshot_as_of_timestamp_seconds",
        "The latest receipt of a record that is in it",
        of_snapshot(lambda info: _seconds(info.as_of)),
    )
    metrics.tell(
        "netflix_snapshot_damaged",
        "1 while a newer snapshot cannot be read",
        lambda: int(snapshots.problem is not None),
    )
    metrics.tell("netflix_cache_bytes", "Room that kept answers take", lambda: answers.size)
    metrics.tell(
        "netflix_shared_cache_up",
        "Whether the Redis that shares answers could be used last; left out without one",
        lambda: int(app.state.shared.problem is None) if app.state.shared else None,
    )
    metrics.tell(
        "netflix_shared_limits_up",
        "Whether the Redis that counts requests for all could be used last; left out without one",
        lambda: int(not limits.away) if limits.shared else None,
    )
    metrics.tell(
        "netflix_queries_taken", "Questions that run or wait for their turn", lambda: threads.taken
    )
    metrics.tell(
        "netflix_event_log_waiting_bytes",
        "Bytes of events that wait to be forced to disk",
        lambda: app.state.log.waiting if hasattr(app.state, "log") else None,
    )
    metrics.tell(
        "netflix_event_log_up",
        "Whether events could be written last",
        lambda: int(app.state.log.problem is None) if hasattr(app.state, "log") else None,
    )
    metrics.tell(
        "netflix_live_delay_seconds",
        "From receipt to visibility, events of the five last full minutes",
        delays,
        labels=("quantile",),
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
