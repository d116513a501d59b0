"""The numbers of a period at a glance, and beside those of another period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers.answer import Period, Shape, measure

Compare = Literal["previous", "year"]
"""With which period a period is compared."""


class Headline(Shape):
    """The numbers of a period: those that were asked for and can be had.

    The others are not there at all. A number that is there and null says that there is nothing to
    tell, as the share of completers where nobody started.
    """

    plays: int | None = measure("plays", default=None)
    starters: int | None = measure("starters", default=None)
    watchers: int | None = measure("watchers", default=None)
    completers: int | None = measure("completers", default=None)
    hours_viewed: float | None = measure("hours_viewed", default=None)
    plays_without_duration: int | None = measure("plays_without_duration", default=None)
    views: float | None = measure("views", default=None)
    hours_without_runtime: float | None = measure("hours_without_runtime", default=None)
    viewers: int | None = measure("viewers", default=None)
    completion_rate: float | None = measure("completion_rate", default=None)
    starters_without_reach: int | None = measure("starters_without_reach", default=None)
    sittings: int | None = measure("sittings", default=None)
    avg_sitting_minutes: float | None = measure("avg_sitting_minutes", default=None)
    binge_rate: float | None = measure("binge_rate", default=None)
    dau: int | None = measure("dau", default=None)
    wau: int | None = measure("wau", default=None)
    mau: int | None = measure("mau", default=None)
    stickiness: float | None = measure("stickiness", default=None)
    peak_concurrent: int | None = measure("peak_concurrent", default=None)

    @property
    def values(self) -> dict[str, float | None]:
        """The numbers that are there, by metric."""
        return {name: told for name, told in self if name in METRICS and self._is_told(name)}

    def _is_told(self, name: str) -> bool:
        return name in self.model_fields_set

    @model_serializer(mode="wrap")
    def _only_told(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: told for name, told in handler(self).items() if self._is_told(name)}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The schema of the fields, which leaving some of them out does not change."""
        return handler({key: told for key, told in schema.items() if key != "serialization"})


class LeftOut(Shape):
    """A metric that cannot be had under the filters of the question."""

    metric: str
    takes: tuple[str, ...] = Field(description="the filters that it can take")
    reason: str = Field(description="why it is not there, and what to do")


class Change(Shape):
    """From the period compared with to the period asked for."""

    absolute: float | None = Field(description="the difference; null where either is null")
    relative: float | None = Field(
        description="the difference ÷ the value before; null where that is 0 or null"
    )


class Comparison(Shape):
    """The numbers of the period compared with, and how they changed since."""

    by: Compare = Field(
        description="previous: the same number of days, whole weeks earlier, the nearest that do "
        "not overlap; year: 52 weeks earlier"
    )
    period: Period = Field(description="the days compared with: the same weekdays")
    complete: bool = Field(description="whether the data reaches back to the first of these days")
    data: Headline
    change: dict[str, Change] = Field(description="by metric")


class MetricValue(Shape):
    """One number of a period, as a row of a table."""

    metric: str
    unit: str
    value: float | None
    compared: float | None = Field(description="its value in the period compared with")
    change: float | None = Field(description="the difference")
    relative_change: float | None = Field(description="the difference ÷ the value compared with")


class Glance(Headline):
    """The numbers of a period at a glance, and what stands beside them."""

    left_out: tuple[LeftOut, ...] = Field(
        description="metrics that cannot be had under the filters given"
    )
    comparison: Comparison | None = Field(description="null where none was asked for")

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
