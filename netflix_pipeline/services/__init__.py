"""The services that people open: API, dashboard and Dagster, each a process of its own."""

from netflix_pipeline.services.supervisor import run

__all__ = ["run"]
