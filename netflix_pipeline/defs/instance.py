"""Dagster's home: its configuration, made once, and the instance that records runs.

Dagster, whose import is slow, is imported for what only it can do.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import BadInput, DamagedFile, Transient
from netflix_pipeline.lake import exclusive
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

HEADER = "# Written by netflix-pipeline. Without this line it is yours and stays as it is.\n"

CONFIG = """\
telemetry:
  enabled: false
nux:
  # Nobody is asked for an address before the first look.
  enabled: false
compute_logs:
  # Runs speak through Dagster's log; capturing stdout costs two processes a step.
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    max_concurrent_runs: {concurrent_runs}
    tag_concurrency_limits:
      - key: {one_at_a_time}
        limit: 1
run_launcher:
  module: netflix_pipeline.defs.{launcher}
run_queue:
  dequeue_interval_seconds: 1
  # The code server may be starting again.
  max_user_code_failure_retries: 10
  user_code_failure_retry_delay: 30
run_monitoring:
  enabled: true
  poll_interval_seconds: 20
  start_timeout_seconds: {start_timeout}
  # A run that hangs ends some day, and one that was cancelled does not keep others from beginning.
  max_runtime_seconds: 86400
  free_slots_after_run_end_seconds: 60
run_retries:
  # Processes that were killed or did not start; what a step says is no accident.
  enabled: true
  max_retries: 3
  retry_on_asset_or_op_failure: false
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 1
      failure: 30
      success: 30
"""

PROCESSES = {
    "launcher": "launcher\n  class: WatchedRunLauncher",
    "start_timeout": "300",
}
WORKERS = {
    "launcher": "worker_launcher\n  class: WorkerRunLauncher",
    # It may have to wait until a worker has time for it.
    "start_timeout": "1800",
}
FILES = """\
schedule_storage:
  module: netflix_pipeline.defs.schedule_storage
  class: PresentTicks
  config:
    base_dir: {schedules}
"""
GROUPED_EVENTS = """\
event_log_storage:
  module: netflix_pipeline.defs.batched_event_log
  class: BatchedEventLog
  config:
    base_dir: {runs}
"""
SERVER = """\
run_storage:
  module: netflix_pipeline.defs.postgres_storage
  class: PostgresRuns
event_log_storage:
  module: netflix_pipeline.defs.postgres_storage
  class: {events}
schedule_storage:
  module: netflix_pipeline.defs.postgres_storage
  class: PostgresPresentTicks
"""
ADDRESS = "NETFLIX_DAGSTER_DATABASE"

ONE_AT_A_TIME = "netflix_pipeline/one_at_a_time"
"""Runs with this tag wait for each other."""


class HistoryUnavailable(Transient):
    """The server that keeps what Dagster recorded does not answer."""


def dagster_home(settings: Settings) -> Path:
    """The folder for `DAGSTER_HOME`, ready for several services to open it at once.

    The databases are made here, by one process: services that start together and find none
    would each make them. Raises HistoryUnavailable where a server is to keep them and does not
    answer, BrokerUnavailable where workers have the runs and their Redis does not, BadInput where
    an address is none.
    """
    home = settings.dagster
    config = home / "dagster.yaml"
    if settings.dagster_database:
        look_for_server(settings.dagster_database)
    if settings.broker:
        look_for_broker(settings.broker)
    wanted = HEADER + _configuration(settings)
    with exclusive(settings.root / "dagster.lock"):
        if not config.exists() or (is_ours(config) and config.read_text() != wanted):
            write_bytes(config, wanted.encode())
        ready = home / (".ready-postgres" if settings.dagster_database else ".ready")
        if not ready.exists():
            import dagster as dg

            with dg.DagsterInstance.from_config(str(home)):
                write_bytes(ready, b"")
    return home


def _configuration(settings: Settings) -> str:
    """What stands in `dagster.yaml`. Values are JSON, which is YAML: a path may hold its signs."""
    home = settings.dagster
    folders = {"runs": home / "history" / "runs", "schedules": home / "schedules"}
    grouped = settings.run_events == "grouped"
    in_files = FILES + (GROUPED_EVENTS if grouped else "")
    storage = SERVER if settings.dagster_database else in_files
    written = {
        name: json.dumps(str(folder), ensure_ascii=False) for name, folder in folders.items()
    }
    return (CONFIG + storage).format(
        **written,
        **(WORKERS if settings.broker else PROCESSES),
        events="GroupedPostgresEvents" if grouped else "PostgresEvents",
        one_at_a_time=ONE_AT_A_TIME,
        concurrent_runs=settings.concurrent_runs,
    )


def look_for_server(address: str) -> None:
    """Tell in words what Dagster would in a long traceback: no address, no driver, no answer."""
    from sqlalchemy.exc import OperationalError

    from netflix_pipeline.state import engine_at

    engine = engine_at(address, ADDRESS, "runs")
    url = engine.url
    if engine.dialect.name != "postgresql":
        raise BadInput(
            f"{ADDRESS} names no PostgreSQL: write postgresql://USER:PASSWORD@HOST:5432/NAME, or "
            "leave it out to keep runs in files below NETFLIX_HOME."
        )
    try:
        with engine.connect():
            pass
    except OperationalError as error:
        raise HistoryUnavailable(
            f"Dagster's database at {url.host}:{url.port or 5432} does not answer: {error.orig}. "
            f"Start it, or mend {ADDRESS}; what is built needs no other."
        ) from error
    finally:
        engine.dispose()
    if find_spec("dagster_postgres") is None:
        raise BadInput(
            f"{ADDRESS} is set and dagster-postgres is not installed: it is in the extra "
            "`postgres` of netflix-pipeline. Install it, or leave the setting out to keep runs in "
            "files below NETFLIX_HOME."
        )


def look_for_broker(address: str) -> None:
    """Tell in words what Celery would later: no address, no Redis that answers, no Celery."""
    from netflix_pipeline.defs.run_leases import BROKER, RunLeases

    RunLeases(address).look()
    if find_spec("dagster_celery") is None:
        raise BadInput(
            f"{BROKER} is set and dagster-celery is not installed: it is in the extra `workers` of "
            "netflix-pipeline. Install it, or leave the setting out to have runs work where "
            "Dagster does."
        )


def is_ours(config: Path) -> bool:
    """Whether Dagster's configuration is the platform's own; else somebody wrote theirs."""
    try:
        return config.read_text().startswith(HEADER)
    except UnicodeDecodeError as error:
        raise DamagedFile(f"{config} is no text ({error}). Remove it: it is made anew.") from error


def open_instance(settings: Settings) -> "dg.DagsterInstance":
    """The instance that records runs; to be used as a context manager."""
    import dagster as dg

    return dg.DagsterInstance.from_config(str(dagster_home(settings)))
