"""The metric layer: what each number means, said once for tables, API, dashboard and docs."""

from netflix_pipeline.metrics.catalogue import (
    METRICS,
    FilterNotTaken,
    Metric,
    UnknownMetric,
    metric,
)
from netflix_pipeline.metrics.thresholds import (
    BINGE_EPISODES,
    COMPLETER_REACHED,
    SITTING_GAP,
    STARTER_SECONDS,
    STEPS,
    STEPS_REACHED,
    WATCHER_REACHED,
)

__all__ = [
    "BINGE_EPISODES",
    "COMPLETER_REACHED",
    "METRICS",
    "SITTING_GAP",
    "STARTER_SECONDS",
    "STEPS",
    "STEPS_REACHED",
    "WATCHER_REACHED",
    "FilterNotTaken",
    "Metric",
    "UnknownMetric",
    "metric",
]
