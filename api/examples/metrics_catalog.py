"""Example answer of `/metrics-catalog`."""

from __future__ import annotations

from api.examples.example import SNAPSHOT
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving import Answer, Definition

STICKINESS = metric("stickiness")

METRICS_CATALOG = Answer[tuple[Definition, ...]](
    data=(
        Definition(
            name=STICKINESS.name,
            label=STICKINESS.label,
            sentence=STICKINESS.sentence,
            unit=STICKINESS.unit,
            grain=STICKINESS.grain,
            filters=STICKINESS.filters,
            resources=("/analytics", "/analytics/timeseries", "/analytics/audience"),
        ),
    ),
    metrics=(STICKINESS.name,),
    snapshot=SNAPSHOT,
)
