"""The metric layer: what each number means, said once for tables, API, dashboard and docs."""

from netflix_pipeline.metrics.catalogue import METRICS, metric
from netflix_pipeline.metrics.metric import FilterNotTaken, Metric, UnknownMetric

__all__ = ["METRICS", "FilterNotTaken", "Metric", "UnknownMetric", "metric"]
