"""How Dagster's runs, daemons, sensors and schedules are, as a process of Dagster told it last.

The API reads it out: Dagster itself is in none of its processes. Times are seconds since 1970.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from prometheus_client.metrics_core import CounterMetricFamily

from netflix_pipeline.monitoring.numbers import Numbers, Sample
from netflix_pipeline.monitoring.told_files import tell, told
from netflix_pipeline.settings import Settings


class RunReport(msgspec.Struct):
    """What is told.

    `ended` counts runs by job and how they ended, since somebody began to count; `seen` is the time
    up to which they are counted, `counted` has the runs of shortly before it. `succeeded` is when a
    run of each job did last, `failed` when one failed behind which none succeeded, `begun` when the
    one began that has been under way longest.
    `heartbeats` are those of Dagster's daemons. `sensors` tells when each last came to its end,
    `schedules` when each was last due.
    """

    seen: float = 0.0
    counted: dict[str, float] = msgspec.field(default_factory=dict)
    ended: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    succeeded: dict[str, float] = msgspec.field(default_factory=dict)
    failed: dict[str, float] = msgspec.field(default_factory=dict)
    begun: dict[str, float] = msgspec.field(default_factory=dict)
    heartbeats: dict[str, float] = msgspec.field(default_factory=dict)
    sensors: dict[str, float] = msgspec.field(default_factory=dict)
    schedules: dict[str, float] = msgspec.field(default_factory=dict)


def tell_runs(settings: Settings, report: RunReport) -> None:
    """Write it down. Raises OSError."""
    tell(_path(settings), report)


def told_runs(settings: Settings) -> RunReport:
    """What was told last; nothing of anything where nobody did."""
    return told(_path(settings), RunReport) or RunReport()


def expose_runs(numbers: Numbers, settings: Settings) -> None:
    """Let Prometheus read it."""
    numbers.tell(
        "netflix_runs",
        "Runs of Dagster that ended, by job and how",
        lambda: [
            ((job, status), count)
            for job, counts in told_runs(settings).ended.items()
            for status, count in counts.items()
        ],
        ("job_name", "status"),
        CounterMetricFamily,
    )
    times: tuple[tuple[str, str, str, Callable[[RunReport], Mapping[str, float]]], ...] = (
        (
            "netflix_run_success_timestamp_seconds",
            "When a run of the job succeeded last",
            "job_name",
            lambda report: report.succeeded,
        ),
        (
            "netflix_run_failed_timestamp_seconds",
            "When a run of the job failed last; left out once a later one succeeded",
            "job_name",
            lambda report: report.failed,
        ),
        (
            "netflix_run_started_timestamp_seconds",
            "When the run of the job began that has been under way longest; left out while none is",
            "job_name",
            lambda report: report.begun,
        ),
        (
            "netflix_daemon_heartbeat_timestamp_seconds",
            "When a daemon of Dagster told that it is alive",
            "daemon",
            lambda report: report.heartbeats,
        ),
        (
            "netflix_sensor_success_timestamp_seconds",
            "When a sensor of Dagster last came to its end without an error",
            "sensor",
            lambda report: report.sensors,
        ),
        (
            "netflix_schedule_tick_timestamp_seconds",
            "When a schedule of Dagster was last due and looked at",
            "schedule",
            lambda report: report.schedules,
        ),
    )
    for name, text, label, measured in times:
        numbers.tell(name, text, _by_name(settings, measured), (label,))


def _by_name(
    settings: Settings, measured: Callable[[RunReport], Mapping[str, float]]
) -> Callable[[], list[Sample]]:
    return lambda: [((name,), at) for name, at in measured(told_runs(settings)).items()]


def _path(settings: Settings) -> Path:
    return settings.monitoring / "runs.json"
