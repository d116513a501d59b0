"""What processes without a port of their own tell: in files of the home, which the API reads out.

Times stand there, no ages: they are right also once whoever told them has ended.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from prometheus_client.metrics_core import CounterMetricFamily

from netflix_pipeline.monitoring.backup_report import expose_backups
from netflix_pipeline.monitoring.numbers import Numbers, Sample
from netflix_pipeline.monitoring.pending_report import expose_pending
from netflix_pipeline.monitoring.run_report import expose_runs
from netflix_pipeline.monitoring.stage_metrics import expose_stages
from netflix_pipeline.monitoring.told_files import tell, told
from netflix_pipeline.settings import Settings


class ServiceStarts(msgspec.Struct):
    """When a program was started last (seconds since 1970), and how often because it had died."""

    started_at: float
    restarts: int


def sensor_looked(settings: Settings, name: str) -> None:
    """Tell that a sensor looked for work just now."""
    # A disk that is full or may only be read must not end the sensor: that it says nothing is told.
    with suppress(OSError):
        path = _sensors(settings) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def last_looked(settings: Settings) -> float | None:
    """When a sensor last looked for work (seconds since 1970); None where none ever did."""
    return max((at for _, at in _looked(settings)), default=None)


def events_drained(settings: Settings, count: int) -> None:
    """Tell that so many events more were drained. One process at a time may."""
    with suppress(OSError):
        tell(_drained(settings), _events_drained(settings) + count)


def service_started(settings: Settings, name: str, restarts: int) -> None:
    """Tell that a program of a service was started, so many times because it had died."""
    with suppress(OSError):
        tell(_services(settings) / f"{name}.json", ServiceStarts(time.time(), restarts))


def tell_what_was_told(numbers: Numbers, settings: Settings) -> None:
    """Let Prometheus read it."""
    numbers.tell(
        "netflix_sensor_tick_timestamp_seconds",
        "When a sensor of Dagster looked for work last",
        lambda: list(_looked(settings)),
        ("sensor",),
    )
    numbers.tell(
        "netflix_drained_events",
        "Events that were drained, whatever became of them",
        lambda: _events_drained(settings),
        family=CounterMetricFamily,
    )
    numbers.tell(
        "netflix_service_started_timestamp_seconds",
        "When a program of `netflix-pipeline serve` was started last",
        lambda: [((name,), starts.started_at) for name, starts in _started(settings)],
        ("service",),
    )
    numbers.tell(
        "netflix_service_restarts",
        "How often a program was started again because it had died",
        lambda: [((name,), starts.restarts) for name, starts in _started(settings)],
        ("service",),
        CounterMetricFamily,
    )
    expose_runs(numbers, settings)
    expose_pending(numbers, settings)
    expose_stages(numbers, settings)
    expose_backups(numbers, settings)


def _sensors(settings: Settings) -> Path:
    return settings.monitoring / "sensors"


def _drained(settings: Settings) -> Path:
    return settings.monitoring / "events-drained"


def _events_drained(settings: Settings) -> float:
    return told(_drained(settings), float) or 0.0


def _services(settings: Settings) -> Path:
    return settings.monitoring / "services"


def _started(settings: Settings) -> Iterator[tuple[str, ServiceStarts]]:
    for path in sorted(_services(settings).glob("*.json")):
        if (starts := told(path, ServiceStarts)) is not None:
            yield path.stem, starts


def _looked(settings: Settings) -> Iterator[Sample]:
    with suppress(FileNotFoundError):
        for path in sorted(_sensors(settings).iterdir()):
            yield (path.name,), path.stat().st_mtime
