"""`/metrics-catalog`: what every metric means, and where it is answered."""

from fastapi import APIRouter, Request, Response

from api.resource import answer, resource
from api.service import service_of
from api.versions import is_old, is_old_path, without_version
from netflix_pipeline.serving.questions.metrics_catalog import MetricsCatalogQuestion

router = APIRouter(tags=["metrics"])


@resource(router, "/metrics-catalog", MetricsCatalogQuestion, "What every number means")
async def metrics_catalog(request: Request) -> Response:
    """Every metric: name, sentence, unit, what one value stands for, filters, and resources."""
    resources = service_of(request).resources
    if is_old(request.scope):
        told = ((without_version(path), metrics) for path, metrics in resources)
        resources = tuple(one for one in told if is_old_path(one[0]))
    return await answer(request, MetricsCatalogQuestion(resources))
