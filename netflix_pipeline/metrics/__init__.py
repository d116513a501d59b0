"""The metric layer: what each number means, said once for tables, API, dashboard and docs."""

from netflix_pipeline.metrics.catalogue import METRICS, metric
from netflix_pipeline.metrics.metric import FilterNotTaken, Metric, UnknownMetric
from netflix_pipeline.metrics.sitting_gap import BINGE_EPISODES, SITTING_GAP
from netflix_pipeline.metrics.thresholds import (
    COMPLETER_REACHED,
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
