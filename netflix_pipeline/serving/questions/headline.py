"""Headline numbers (KPIs) of a period, and beside those of another period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import Field, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from typing_extensions import override

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric, metric
from netflix_pipeline.serving.answer import Told, with_fields
from netflix_pipeline.serving.query import measures, periods
from netflix_pipeline.serving.query.comparisons import FORMS, Against, narrowed_to, other_side
from netflix_pipeline.serving.query.periods import Change, changes
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    RowTable,
    Snapshot,
    measure,
)
from netflix_pipeline.serving.questions import interactions
from netflix_pipeline.time_zones import UTC

TOLD = tuple(name for name in measures.OF_PERIODS if METRICS[name].table not in interactions.TABLES)
"""The metrics that a period is told at a glance by: searches and recommendations stand apart."""


def _number(name: str) -> tuple[Any, Any]:
    kind = int if METRICS[name].counts else float
    return kind | None, measure(name, default=None)


@with_fields({name: _number(name) for name in TOLD})
class Headline(AnswerModel):
    """The numbers of a period: those that were asked for and can be had.

    The others are not there at all. A number that is there and null says that there is nothing to
    tell, as the share of completers where nobody started.
    """

    if TYPE_CHECKING:  # it does not see the fields of metrics

        def __getattr__(self, name: str) -> Any: ...

    @property
    def values(self) -> dict[str, float | None]:
        """The numbers that are there, by metric."""
        return {
            name: value for name, value in self if name in METRICS and name in self.model_fields_set
        }

    @model_serializer(mode="wrap")
    def _only_told(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        told = {fields[name].serialization_alias or name for name in self.model_fields_set}
        told |= self.model_fields_set
        return {name: value for name, value in handler(self).items() if name in told}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The schema of the fields, which leaving some of them out does not change."""
        return handler({key: value for key, value in schema.items() if key != "serialization"})


class LeftOut(AnswerModel):
    """A metric that cannot be had under the filters of the question."""

    metric: str
    takes: tuple[str, ...] = Field(description="the filters that it can take")
    reason: str = Field(description="why it is not there, and what to do")


class Comparison(AnswerModel):
    """The numbers of what is compared with, and how they differ from those of the period."""

    by: Against = Field(description=FORMS)
    period: Period = Field(description="the days compared with")
    complete: bool = Field(description="whether the data reaches back to the first of these days")
    filters: dict[str, Told] = narrowed_to()
    data: Headline = Field(description="those numbers that can be had there, too")
    change: dict[str, Change] = Field(description="by metric")


class MetricValue(AnswerModel):
    """One number of a period, as a row of a table."""

    metric: str = Field(description="name of the metric")
    unit: str = Field(description="of its value")
    value: float | None = Field(description="in the period; null where it is not known")
    compared: float | None = Field(description="its value in the period compared with")
    change: float | None = Field(description="the difference")
    relative_change: float | None = Field(description="the difference ÷ the value compared with")


class Glance(Headline):
    """The numbers of a period at a glance, and what stands beside them."""

    left_out: tuple[LeftOut, ...] = Field(
        description="metrics that cannot be had under the filters given"
    )
    comparison: Comparison | None = Field(
        serialization_alias="compared_with", description="null where none was asked for"
    )

    def rows(self) -> Iterator[MetricValue]:
        """The numbers as rows of a table, each beside that of the period compared with."""
        compared = self.comparison.data.values if self.comparison else {}
        changes = self.comparison.change if self.comparison else {}
        for name, value in self.values.items():
            change = changes.get(name)
            yield MetricValue(
                metric=name,
                unit=METRICS[name].unit,
                value=value,
                compared=compared.get(name),
                change=change.absolute if change else None,
                relative_change=change.relative if change else None,
            )


class NotInHeadline(BadInput):
    """The metric is not one of a period at a glance."""

    parameters = ("metrics",)


@dataclass(frozen=True, slots=True)
class HeadlineQuestion(Question[Glance]):
    """The headline numbers of a period.

    Those that are named, or all that can be had under the filters; the others are named. Raises
    UnknownMetric, NotInHeadline and UnknownZone, and FilterNotTaken for a metric that was named.
    """

    period: Period | None = None
    filters: Filters = ALL
    names: tuple[str, ...] | None = None
    compare: Against | None = None
    zone: str = UTC

    metrics = TOLD
    rows = RowTable(MetricValue, Glance.rows)
    warmed = True

    @override
    def metrics_of(self, data: Glance) -> tuple[str, ...]:
        return tuple(data.values)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Glance:
        told, left_out = _possible(self.names or TOLD, self.filters, refuse=self.names is not None)
        now = measures.values(snapshot, told, period, self.filters, self.clock)
        comparison = None
        if self.compare is not None:
            other = other_side(snapshot, self.compare, period, self.filters)
            there, _ = _possible(
                [each.name for each in told], other.filters, refuse=self.names is not None
            )
            before = measures.values(snapshot, there, other.period, other.filters, self.clock)
            comparison = Comparison(
                by=self.compare,
                period=other.period,
                complete=periods.reaches(snapshot, other.period),
                filters=other.told,
                data=Headline.model_validate(before),
                change=changes({name: now[name] for name in before}, before),
            )
        return Glance.model_validate(now | {"left_out": left_out, "comparison": comparison})

    example = (
        {"period": EXAMPLE_PERIOD, "filters": Filters(country="DE"), "compare": "previous"},
        Glance.model_validate(
            {
                "plays": 41_210,
                "starters": 36_930,
                "watchers": 21_004,
                "completers": 15_880,
                "hours_viewed": 24_310.25,
                "plays_without_duration": 12,
                "views": 19_204.5,
                "hours_without_runtime": 33.5,
                "viewers": 6_120,
                "completion_rate": 0.43,
                "starters_without_reach": 0,
                "sittings": 23_900,
                "avg_sitting_minutes": 61.03,
                "binge_rate": 0.087,
                "left_out": [
                    {
                        "metric": name,
                        "takes": (),
                        "reason": f"{name} cannot be filtered by country: it takes none. Leave the "
                        "filter out, or ask for another metric.",
                    }
                    for name in ("dau", "wau", "mau", "stickiness", "peak_concurrent")
                ],
                "comparison": Comparison(
                    by="previous",
                    period=Period(from_=date(2026, 1, 10), to=date(2026, 2, 6)),
                    complete=True,
                    data=Headline.model_validate({"plays": 39_120, "completion_rate": 0.41}),
                    change={
                        "plays": Change(absolute=2_090, relative=0.0534),
                        "completion_rate": Change(absolute=0.02, relative=0.0488),
                    },
                ),
            }
        ),
    )


def _possible(
    names: Sequence[str], filters: Filters, *, refuse: bool
) -> tuple[list[Metric], list[LeftOut]]:
    """The metrics that can be had under the filters, and why the others cannot."""
    possible: list[Metric] = []
    left_out: list[LeftOut] = []
    for name in dict.fromkeys(names):
        definition = metric(name)
        if name not in TOLD:
            raise NotInHeadline(
                f"{name} is not a number of a period at a glance. These are: {', '.join(TOLD)}."
            )
        try:
            definition.check(filters.given)
        except FilterNotTaken as error:
            if refuse:
                raise
            left_out.append(LeftOut(metric=name, takes=definition.filters, reason=str(error)))
        else:
            possible.append(definition)
    return possible, left_out
