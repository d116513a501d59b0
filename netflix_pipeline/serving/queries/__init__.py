"""The one query layer: every number that the API and the dashboard show is asked for here."""

from netflix_pipeline.serving.queries.measures import OF_PERIODS
from netflix_pipeline.serving.queries.queries import Queries

__all__ = ["OF_PERIODS", "Queries"]
