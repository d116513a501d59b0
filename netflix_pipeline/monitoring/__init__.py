"""What the platform tells of itself, for Prometheus to read."""

from netflix_pipeline.monitoring.service import ServiceMetrics

__all__ = ["ServiceMetrics"]
