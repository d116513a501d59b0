"""Dagster's home: its configuration, made once, and the instance that records runs."""

import json
from pathlib import Path

import dagster as dg

from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.lake import exclusive, write_bytes
from netflix_pipeline.settings import Settings

HEADER = "# Written by netflix-pipeline. Without this line it is yours and stays as it is.\n"

CONFIG = """\
telemetry:
  enabled: false
nux:
  # Nobody is asked for an address before the first look.
  enabled: false
schedule_storage:
  module: netflix_pipeline.defs.schedule_storage
  class: PresentTicks
  config:
    base_dir: {schedules}
compute_logs:
  # Runs speak through Dagster's log; capturing stdout costs two processes a step.
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: {one_at_a_time}
        limit: 1
run_launcher:
  module: netflix_pipeline.defs.launcher
  class: WatchedRunLauncher
run_queue:
  # The code server may be starting again.
  max_user_code_failure_retries: 10
  user_code_failure_retry_delay: 30
run_monitoring:
  enabled: true
  poll_interval_seconds: 20
  start_timeout_seconds: 300
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

GROUPED_EVENTS = """\
event_log_storage:
  module: netflix_pipeline.defs.batched_event_log
  class: BatchedEventLog
  config:
    base_dir: {runs}
"""

ONE_AT_A_TIME = "netflix_pipeline/one_at_a_time"
"""Runs with this tag wait for each other."""


def dagster_home(settings: Settings) -> Path:
    """The folder for `DAGSTER_HOME`, ready for several services to open it at once.

    The databases are made here, by one process: services that start together and find none
    would each make them.
    """
    home = settings.dagster
    config = home / "dagster.yaml"
    # As JSON, which is YAML too: a path may hold what is a sign of YAML's own.
    folders = {
        name: json.dumps(str(home.joinpath(*parts)), ensure_ascii=False)
        for name, parts in {"runs": ("history", "runs"), "schedules": ("schedules",)}.items()
    }
    events = GROUPED_EVENTS if settings.run_events == "grouped" else ""
    wanted = HEADER + (CONFIG + events).format(**folders, one_at_a_time=ONE_AT_A_TIME)
    with exclusive(settings.root / "dagster.lock"):
        if not config.exists() or (_is_ours(config) and config.read_text() != wanted):
            write_bytes(config, wanted.encode())
        ready = home / ".ready"
        if not ready.exists():
            with dg.DagsterInstance.from_config(str(home)):
                write_bytes(ready, b"")
    return home


def _is_ours(config: Path) -> bool:
    """Whether Dagster's configuration is the platform's own; else somebody wrote theirs."""
    try:
        return config.read_text().startswith(HEADER)
    except UnicodeDecodeError as error:
        raise DamagedFile(f"{config} is no text ({error}). Remove it: it is made anew.") from error


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that records runs; to be used as a context manager."""
    return dg.DagsterInstance.from_config(str(dagster_home(settings)))
