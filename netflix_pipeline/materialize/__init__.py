"""Brings silver and gold up to date with what lies below them.

`pending` tells what must be built, `build` builds it; the Dagster layer records it.
"""

from netflix_pipeline.materialize.build import build
from netflix_pipeline.materialize.build_graph import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    code_version,
    dependencies,
)
from netflix_pipeline.materialize.pending import pending, pending_days
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import Built

__all__ = [
    "DIMENSIONS",
    "GOLD_DAILY",
    "GOLD_ROLLUPS",
    "SILVER",
    "Built",
    "Versions",
    "build",
    "code_version",
    "dependencies",
    "pending",
    "pending_days",
]
