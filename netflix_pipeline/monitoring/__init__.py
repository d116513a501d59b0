"""What the platform tells of itself, for Prometheus to read, and for who asks whether it is fit."""

from netflix_pipeline.monitoring.checks import Check, background_checks
from netflix_pipeline.monitoring.service import ServiceMetrics, exposed

__all__ = ["Check", "ServiceMetrics", "background_checks", "exposed"]
