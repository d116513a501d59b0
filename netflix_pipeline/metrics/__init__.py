"""The metric layer: what each number means, said once for tables, API, dashboard and docs."""

from netflix_pipeline.metrics.catalogue import METRICS, metric
from netflix_pipeline.metrics.metric import FilterNotTaken, Metric, UnknownMetric
from netflix_pipeline.metrics.of_plays import OF_PLAYS

__all__ = ["METRICS", "OF_PLAYS", "FilterNotTaken", "Metric", "UnknownMetric", "metric"]
