"""`/metrics-catalog`: what every metric means, and where it is answered."""

from fastapi import APIRouter, Request, Response

from api.resource import answer, resource
from api.service import service_of
from netflix_pipeline.serving.questions.metrics_catalog import MetricsCatalogQuestion

router = APIRouter(tags=["metrics"])


@resource(router, "/metrics-catalog", MetricsCatalogQuestion, "What every number means")
async def metrics_catalog(request: Request) -> Response:
    """Every metric: name, sentence, unit, what one value stands for, filters, and resources."""
    return await answer(request, MetricsCatalogQuestion(service_of(request).resources))
