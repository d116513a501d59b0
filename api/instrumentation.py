"""What is told of the service: to the log about each request, to monitoring about all it holds."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from starlette.types import Scope

from api.security.response_headers import Observer, route_of
from api.service import Service
from netflix_pipeline.serving import SnapshotInfo


def observer(service: Service) -> Observer:
    """Tells monitoring and the log of each request."""

    def told(scope: Scope, status: int, answered: float, ended: float) -> None:
        method, route, state = scope["method"], route_of(scope), scope["state"]
        service.metrics.request(method, route, status, answered)
        service.access_log.request(
            state["request_id"], method, route, status, ended, state.get("key_id")
        )

    return told


def tell_state(service: Service) -> None:
    """Let monitoring read what the service holds, whenever it asks."""
    metrics, snapshots, limits = service.metrics, service.snapshots, service.limits

    def of_snapshot(measured: Callable[[SnapshotInfo], float | None]) -> Callable[[], float | None]:
        return lambda: measured(snapshots.held.info) if snapshots.held else None

    def delays() -> Iterable[tuple[tuple[str, ...], float]]:
        measured = service.live.follower.view.delay(datetime.now(UTC)) if service.log else None
        quantiles = (
            (("0.5", measured.p50), ("0.99", measured.p99), ("1", measured.max)) if measured else ()
        )
        return [((quantile,), seconds) for quantile, seconds in quantiles if seconds is not None]

    numbers: Iterable[tuple[str, str, Callable[[], float | None]]] = (
        (
            "netflix_snapshot_version",
            "Number of the snapshot that is answered from",
            of_snapshot(lambda info: info.version),
        ),
        (
            "netflix_snapshot_built_timestamp_seconds",
            "When it was built",
            of_snapshot(lambda info: info.built_at.timestamp()),
        ),
        (
            "netflix_snapshot_age_seconds",
            "How long ago it was built",
            of_snapshot(lambda info: max(0.0, time.time() - info.built_at.timestamp())),
        ),
        (
            "netflix_snapshot_as_of_timestamp_seconds",
            "The latest receipt of a record that is in it",
            of_snapshot(lambda info: info.as_of.timestamp() if info.as_of else None),
        ),
        (
            "netflix_snapshot_damaged",
            "1 while a newer snapshot cannot be read",
            lambda: int(snapshots.problem is not None),
        ),
        ("netflix_cache_bytes", "Room that kept answers take", lambda: service.answers.size),
        (
            "netflix_shared_cache_up",
            "Whether the Redis that shares answers could be used last; left out without one",
            lambda: int(service.shared.problem is None) if service.shared else None,
        ),
        (
            "netflix_shared_limits_up",
            (
                "Whether the Redis that counts requests for all could be used last; left out "
                "without one"
            ),
            lambda: int(not limits.away) if limits.shared else None,
        ),
        (
            "netflix_queries_taken",
            "Questions that run or wait for their turn",
            lambda: service.threads.taken,
        ),
        (
            "netflix_event_log_waiting_bytes",
            "Bytes of events that wait to be forced to disk",
            lambda: service.log.waiting if service.log else None,
        ),
        (
            "netflix_event_log_up",
            "Whether events could be written last",
            lambda: int(service.log.problem is None) if service.log else None,
        ),
    )
    for name, text, value in numbers:
        metrics.tell(name, text, value)
    metrics.tell(
        "netflix_live_delay_seconds",
        "From receipt to visibility, events of the five last full minutes",
        delays,
        labels=("quantile",),
    )
