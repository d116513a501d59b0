"""What is told of the service: to the log about each request, to monitoring about all it holds."""

import calendar
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TypeVar

from starlette.types import Scope

from api.security.response_headers import Observer, route_of
from api.service import Service
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring import tell_what_was_told
from netflix_pipeline.monitoring.tracing import current
from netflix_pipeline.receiving import Waiting
from netflix_pipeline.receiving.live_answers import LiveCanary
from netflix_pipeline.serving import SnapshotInfo
from netflix_pipeline.serving.questions.quality import Findings, findings

T = TypeVar("T")


def observer(service: Service) -> Observer:
    """Tells monitoring and the log of each request."""

    def told(scope: Scope, status: int, answered: float, ended: float) -> None:
        method, route, state = scope["method"], route_of(scope), scope["state"]
        service.metrics.request(method, route, status, answered)
        service.access_log.request(
            state["request_id"],
            method,
            route,
            status,
            ended,
            state.get("key_id"),
            current().trace_id,
        )

    return told


def tell_state(service: Service) -> None:
    """Let monitoring read what the service holds, whenever it asks."""
    metrics, snapshots, limits = service.metrics, service.snapshots, service.limits
    replica = snapshots.replica

    def of_snapshot(measured: Callable[[SnapshotInfo], float | None]) -> Callable[[], float | None]:
        return lambda: measured(snapshots.held.info) if snapshots.held else None

    def delays() -> Iterable[tuple[tuple[str, ...], float]]:
        measured = service.live.follower.view.delay(datetime.now(UTC)) if service.log else None
        quantiles = (
            (("0.5", measured.p50), ("0.99", measured.p99), ("1", measured.max)) if measured else ()
        )
        return [((quantile,), seconds) for quantile, seconds in quantiles if seconds is not None]

    def of_canary(measured: Callable[[LiveCanary], float]) -> Callable[[], float | None]:
        def told() -> float | None:
            canary = service.live.follower.view.canary if service.log else None
            return measured(canary) if canary else None

        return told

    def of_backlog(measured: Callable[[Waiting], float | None]) -> Callable[[], float | None]:
        def told() -> float | None:
            waiting = service.backlog.found if service.log else None
            return measured(waiting) if waiting else None

        return told

    def of_published(measured: Callable[[Findings], T]) -> Callable[[], T | None]:
        def told() -> T | None:
            held = snapshots.held
            try:
                return measured(findings(held)) if held else None
            except PipelineError:  # why it cannot be read is told by other numbers
                return None

        return told

    def missing_rows() -> int | None:
        published = of_published(lambda found: found.missing_rows)()
        lost = service.lost_files.found if service.lost_files else None
        # What the snapshot knows of is not counted twice.
        return max(published or 0, lost.rows) if lost and lost.rows else published

    def missing_files() -> Iterable[tuple[tuple[str, ...], float]]:
        lost = service.lost_files.found if service.lost_files else None
        return [((table,), files) for table, files in lost.files.items()] if lost else ()

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
        (
            "netflix_snapshot_store_up",
            "0 while the newest snapshot of the store cannot be had; left out without a store",
            lambda: int(replica.problem is None) if replica else None,
        ),
        (
            "netflix_snapshot_store_answered_timestamp_seconds",
            "When the store could be asked last which is the newest",
            lambda: replica.answered_at if replica else None,
        ),
        (
            "netflix_snapshot_store_version",
            "Number of the newest snapshot that it named",
            lambda: replica.newest if replica else None,
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
        (
            "netflix_event_log_oldest_waiting_timestamp_seconds",
            "When the oldest events came in that wait to be drained; left out while none do",
            of_backlog(lambda waiting: waiting.since.timestamp() if waiting.since else None),
        ),
        (
            "netflix_event_log_waiting_events",
            "Events that wait to be drained, about",
            of_backlog(lambda waiting: waiting.events),
        ),
        (
            "netflix_canary_visible_timestamp_seconds",
            "When the newest canary became visible",
            of_canary(lambda canary: canary.visible_at.timestamp()),
        ),
        (
            "netflix_canary_interval_seconds",
            "How often one is sent; left out where none is",
            lambda: service.settings.canary_seconds or None,
        ),
        (
            "netflix_canary_delay_seconds",
            "How long it took from its sending",
            of_canary(lambda canary: canary.delay_seconds),
        ),
        (
            "netflix_ledger_missing_rows",
            "Rows that the ledger misses, or has twice: of the snapshot, or of bronze as it is now",
            missing_rows,
        ),
        (
            "netflix_failed_rows",
            "Rows of the snapshot that wait in quarantine because code failed at them",
            of_published(lambda found: found.failed_rows),
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
    metrics.tell(
        "netflix_table_newest_timestamp_seconds",
        "The beginning of the newest day or week of a table that is in the snapshot",
        of_published(
            lambda found: [
                ((each.table,), _beginning(each.newest)) for each in found.tables if each.newest
            ]
        ),
        labels=("table",),
    )
    metrics.tell(
        "netflix_table_stale_parts",
        "Days or weeks of a table of which the last good version is in the snapshot",
        of_published(lambda found: [((each.table,), each.stale) for each in found.tables]),
        labels=("table",),
    )
    metrics.tell(
        "netflix_table_missing_files",
        "Files of a table that are gone: of silver and gold; in a store of what batches say, too",
        missing_files,
        labels=("table",),
    )
    tell_what_was_told(metrics.numbers, service.settings)


def _beginning(day: date) -> float:
    return calendar.timegm(day.timetuple())
