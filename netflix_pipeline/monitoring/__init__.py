"""What the platform tells of itself, for Prometheus to read, and for who asks whether it is fit."""

from netflix_pipeline.monitoring.alert_report import (
    NOT_WATCHED,
    AlertReport,
    ToldAlert,
    alert_report,
)
from netflix_pipeline.monitoring.checks import Check, background_checks
from netflix_pipeline.monitoring.file_metrics import (
    events_drained,
    last_looked,
    sensor_looked,
    service_started,
    tell_what_was_told,
)
from netflix_pipeline.monitoring.numbers import Numbers
from netflix_pipeline.monitoring.objective_report import (
    NOTHING_MEASURED,
    ObjectiveReport,
    ToldObjective,
    objective_report,
)
from netflix_pipeline.monitoring.pending_report import (
    PendingReport,
    PendingTable,
    tell_pending,
    told_pending,
)
from netflix_pipeline.monitoring.process_histogram import ProcessHistogram
from netflix_pipeline.monitoring.run_report import RunReport, tell_runs, told_runs
from netflix_pipeline.monitoring.service import METHODS, SECONDS, ServiceMetrics, exposed
from netflix_pipeline.monitoring.silences import labels_of
from netflix_pipeline.monitoring.stage_metrics import (
    CheckResult,
    StageCounts,
    count_taken_in,
    counting,
)

__all__ = [
    "METHODS",
    "NOTHING_MEASURED",
    "NOT_WATCHED",
    "SECONDS",
    "AlertReport",
    "Check",
    "CheckResult",
    "Numbers",
    "ObjectiveReport",
    "PendingReport",
    "PendingTable",
    "ProcessHistogram",
    "RunReport",
    "ServiceMetrics",
    "StageCounts",
    "ToldAlert",
    "ToldObjective",
    "alert_report",
    "background_checks",
    "count_taken_in",
    "counting",
    "events_drained",
    "exposed",
    "labels_of",
    "last_looked",
    "objective_report",
    "sensor_looked",
    "service_started",
    "tell_pending",
    "tell_runs",
    "tell_what_was_told",
    "told_pending",
    "told_runs",
]
