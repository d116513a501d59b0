"""What each metric means, and where it is answered."""

from dataclasses import dataclass

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import METRICS, Metric
from netflix_pipeline.serving.question import AnswerModel, Question, Snapshot


class Definition(AnswerModel):
    """A metric: what its number means, what it can be filtered by, and where it is answered."""

    name: str = Field(description="by which it is asked")
    label: str = Field(description="its name for people")
    sentence: str = Field(description="its definition")
    unit: str = Field(description="of its values")
    grain: str = Field(description="what one value stands for")
    filters: tuple[str, ...] = Field(description="what it can be filtered by")
    by_zone: bool = Field(
        description="whether its days can be those of any time zone (`tz`); else they are of UTC"
    )
    resources: tuple[str, ...] = Field(description="the resources that answer it")


Resources = tuple[tuple[str, tuple[str, ...]], ...]
"""All that there are, by path, each with the metrics that it answers."""


def _definition(metric: Metric, resources: Resources) -> Definition:
    return Definition(
        name=metric.name,
        label=metric.label,
        sentence=metric.sentence,
        unit=metric.unit,
        grain=metric.grain,
        filters=metric.filters,
        by_zone=metric.by_zone,
        resources=tuple(path for path, names in resources if metric.name in names),
    )


EXAMPLE_RESOURCES: Resources = (
    ("/v1/analytics", ("stickiness",)),
    ("/v1/analytics/audience", ("stickiness",)),
)


@dataclass(frozen=True, slots=True)
class MetricsCatalogQuestion(Question[tuple[Definition, ...]]):
    """Every metric: name, sentence, unit, grain, filters, and which resources answer it."""

    resources: Resources

    @override
    def metrics_of(self, data: tuple[Definition, ...]) -> tuple[str, ...]:
        return tuple(definition.name for definition in data)

    @override
    def answer(self, snapshot: Snapshot, period: None) -> tuple[Definition, ...]:
        return tuple(_definition(metric, self.resources) for metric in METRICS.values())

    example = (
        {"resources": EXAMPLE_RESOURCES},
        (_definition(METRICS["stickiness"], EXAMPLE_RESOURCES),),
    )
