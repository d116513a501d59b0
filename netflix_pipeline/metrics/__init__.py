"""The metric layer: what each number means, said once for tables, API, dashboard and docs."""

from netflix_pipeline.metrics.catalogue import (
    METRICS,
    FilterNotTaken,
    Metric,
    UnknownMetric,
    metric,
)
from netflix_pipeline.metrics.lateness import BULK_AFTER, Lateness, State, measured_days
from netflix_pipeline.metrics.thresholds import (
    BINGE_EPISODES,
    COMPLETER_REACHED,
    FUNNEL_USERS,
    LEAST_PEOPLE,
    SITTING_GAP,
    STARTER_SECONDS,
    STEPS,
    STEPS_REACHED,
    WATCHER_REACHED,
)

__all__ = [
    "BINGE_EPISODES",
    "BULK_AFTER",
    "COMPLETER_REACHED",
    "FUNNEL_USERS",
    "LEAST_PEOPLE",
    "METRICS",
    "SITTING_GAP",
    "STARTER_SECONDS",
    "STEPS",
    "STEPS_REACHED",
    "WATCHER_REACHED",
    "FilterNotTaken",
    "Lateness",
    "Metric",
    "State",
    "UnknownMetric",
    "measured_days",
    "metric",
]
