"""What is advised of replicas, for Prometheus."""

from collections.abc import Callable

from api.service import Service
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.intelligence.scaling.advice import ScalingAdvice, ServiceAdvice
from netflix_pipeline.monitoring.numbers import Sample


def tell_scaling(service: Service) -> None:
    """Let monitoring read how many replicas are advised; left out while nothing is."""

    def known() -> ScalingAdvice | None:
        try:
            return service.scaling.advice()
        except PipelineError:  # a database that is away is told by the answers that need it
            return None

    def of_each(
        measured: Callable[[ServiceAdvice], float | None],
    ) -> Callable[[], list[Sample] | None]:
        def told() -> list[Sample] | None:
            advice = known()
            numbers = (
                ((name,), measured(each))
                for name, each in (advice.services if advice else {}).items()
            )
            return [(labels, value) for labels, value in numbers if value is not None] or None

        return told

    def origin() -> float | None:
        advice = known()
        return advice.origin.timestamp() if advice and advice.origin else None

    numbers: tuple[tuple[str, str, Callable[[ServiceAdvice], float | None]], ...] = (
        (
            "netflix_scaling_replicas",
            "Replicas that are advised, the higher of forecast and newest demand",
            lambda each: each.replicas,
        ),
        (
            "netflix_scaling_demand_replicas",
            "Demand of the newest minute, in replicas",
            lambda each: each.demand,
        ),
        (
            "netflix_scaling_forecast_replicas",
            "Quantile of demand that is forecast until a further replica is there, in replicas",
            lambda each: each.upper,
        ),
        (
            "netflix_scaling_forecast_error_ratio",
            "Mean absolute error of such forecasts over 14 days, as a share of what came",
            lambda each: each.error,
        ),
    )
    for name, text, value in numbers:
        service.metrics.tell(name, text, of_each(value), ("service",))
    service.metrics.tell(
        "netflix_scaling_origin_timestamp_seconds",
        "Until when demand was counted by which replicas are advised",
        origin,
    )
