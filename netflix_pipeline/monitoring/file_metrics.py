"""What processes without a port of their own tell: in files of the home, which the API reads out.

Times stand there, no ages: they are right also once whoever told them has ended.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client.metrics_core import CounterMetricFamily

from netflix_pipeline.monitoring.numbers import Numbers, Sample
from netflix_pipeline.monitoring.pending_report import expose_pending
from netflix_pipeline.monitoring.run_report import expose_runs
from netflix_pipeline.monitoring.stage_metrics import expose_stages
from netflix_pipeline.monitoring.told_files import tell, told
from netflix_pipeline.settings import Settings


def sensor_looked(settings: Settings, name: str) -> None:
    """Tell that a sensor looked for work just now."""
    # A disk that is full or may only be read must not end the sensor: that it says nothing is told.
    with suppress(OSError):
        path = _sensors(settings) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def events_drained(settings: Settings, count: int) -> None:
    """Tell that so many events more were drained. One process at a time may."""
    with suppress(OSError):
        tell(_drained(settings), _events_drained(settings) + count)


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
    expose_runs(numbers, settings)
    expose_pending(numbers, settings)
    expose_stages(numbers, settings)


def _sensors(settings: Settings) -> Path:
    return settings.monitoring / "sensors"


def _drained(settings: Settings) -> Path:
    return settings.monitoring / "events-drained"


def _events_drained(settings: Settings) -> float:
    return told(_drained(settings), float) or 0.0


def _looked(settings: Settings) -> Iterator[Sample]:
    with suppress(FileNotFoundError):
        for path in sorted(_sensors(settings).iterdir()):
            yield (path.name,), path.stat().st_mtime
