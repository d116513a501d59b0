"""A metric in the course of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from netflix_pipeline.contracts.dimensions import FILTERS
from netflix_pipeline.serving.answers.answer import Period, Shape
from netflix_pipeline.serving.answers.headline import Change, Compare

Granularity = Literal["hour", "day", "week", "month", "whole"]
"""How long a bucket of a series is; `whole`: the period is one."""
if TYPE_CHECKING:
    Split = str
else:
    Split = Literal[FILTERS]
    """By what a series can be split."""


class Bucket(Shape):
    """A stretch of the period."""

    from_: date | datetime = Field(
        serialization_alias="from",
        description="its first day; of an hour, the moment at which it begins",
    )
    to: date | datetime = Field(
        description="its last day, included; of an hour, the moment at which it ends"
    )
    partial: bool = Field(description="whether the period cuts it: it is not whole")


class Line(Shape):
    """One line of a series: a value for each bucket, in order."""

    group: str | None = Field(
        description="the value by which the series is split; null for all together"
    )
    name: str | None = Field(description="the name of the title, where it is split by title")
    rest: bool = Field(description="whether this is everything that is in no other line")
    total: float | None = Field(description="the metric over the whole period")
    values: tuple[float | None, ...] = Field(description="null where there is nothing to tell")
    compared_total: float | None = Field(description="over the whole period compared with")
    compared: tuple[float | None, ...] | None = Field(
        description="by bucket, over the same days of the period compared with; null without one"
    )
    change: Change | None = Field(description="of the total; null without a comparison")


class ComparedWith(Shape):
    """With which period a series is compared."""

    by: Compare
    period: Period = Field(description="the days compared with")
    days_before: int = Field(description="by how many days each bucket is earlier")
    complete: bool = Field(description="whether the data reaches back to the first of these days")


class SeriesPoint(Shape):
    """One value of a series, as a row of a table."""

    group: str | None
    name: str | None
    rest: bool
    from_: date | datetime = Field(serialization_alias="from")
    to: date | datetime
    partial: bool
    value: float | None
    compared: float | None


class Series(Shape):
    """A metric by hour, day, week or month of a period, or of it as one, together or split."""

    metric: str
    granularity: Granularity
    split_by: Split | None
    groups: int | None = Field(
        description="how many values `split_by` has in the period, all that are in the rest "
        "included; null where it is not split"
    )
    buckets: tuple[Bucket, ...] = Field(description="every one of the period, in order")
    lines: tuple[Line, ...] = Field(description="most first, the rest last")
    compared_with: ComparedWith | None = Field(description="null where none was asked for")
    plays_without_time: int | None = Field(
        description="plays of which only the day is known: they are in no number by hour or in "
        "another zone; null where they are in"
    )

    def points(self) -> Iterator[SeriesPoint]:
        """Its values, line by line."""
        for line in self.lines:
            for place, bucket in enumerate(self.buckets):
                yield SeriesPoint(
                    group=line.group,
                    name=line.name,
                    rest=line.rest,
                    from_=bucket.from_,
                    to=bucket.to,
                    partial=bucket.partial,
                    value=line.values[place],
                    compared=line.compared[place] if line.compared else None,
                )
