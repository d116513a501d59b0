"""`/metrics-catalog`: what every metric means, and where it is answered."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import METRICS_CATALOG, example
from api.tables import FORMATS, Table
from netflix_pipeline.metrics import METRICS, Metric
from netflix_pipeline.serving import OF_PERIODS, Answer, Definition, Headline, Title, TitleWatching

router = APIRouter(tags=["metrics"])

TABLE = Table[tuple[Definition, ...]](Definition, lambda definitions: definitions)

RESOURCES: dict[str, tuple[str, ...]] = {
    "/analytics": tuple(Headline.model_fields),
    "/analytics/timeseries": OF_PERIODS,
    "/analytics/heatmap": ("plays", "hours_viewed", "activity"),
    "/analytics/audience": ("dau", "wau", "mau", "stickiness"),
    "/analytics/retention": ("retention",),
    "/analytics/lifecycle": ("lifecycle",),
    "/analytics/segments": ("engagement_score",),
    "/analytics/search": ("search_success",),
    "/analytics/recommendations": ("recommendation_ctr",),
    "/titles": tuple(name for name in Title.model_fields if name in METRICS),
    "/titles/{title_id}": (*TitleWatching.model_fields, "rating", "drop_off", "next_episode_rate"),
    "/users/{user_id}": (
        "plays",
        "hours_viewed",
        "engagement_score",
        "favourite_genres",
        "lifecycle",
    ),
    "/top10": ("top10", "hours_viewed", "views"),
}
"""The metrics that each resource answers."""


def definition(told: Metric) -> Definition:
    """A metric as the catalogue tells it."""
    return Definition(
        name=told.name,
        label=told.label,
        sentence=told.sentence,
        unit=told.unit,
        grain=told.grain,
        filters=told.filters,
        resources=tuple(path for path, names in RESOURCES.items() if told.name in names),
    )


DEFINITIONS = tuple(map(definition, METRICS.values()))


@router.get(
    "/metrics-catalog",
    response_model=Answer[tuple[Definition, ...]],
    responses=example(METRICS_CATALOG, TABLE),
    dependencies=[FORMATS],
    summary="What every number means",
)
async def metrics_catalog(request: Request) -> Response:
    """Every metric: name, sentence, unit, what one value stands for, filters, and resources."""
    return await answer(
        request,
        lambda queries: Answer[tuple[Definition, ...]](
            data=DEFINITIONS, metrics=tuple(METRICS), snapshot=queries.info()
        ),
        TABLE,
    )
