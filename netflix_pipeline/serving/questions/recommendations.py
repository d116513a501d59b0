"""Recommendations, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import interactions
from netflix_pipeline.serving.query.filters import Filters, Value
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
    measure,
)

RECOMMENDATIONS = "gold/recommendation_daily"


class RecommendationMeasures(AnswerModel):
    """Recommendations shown, and how they went."""

    shown: int = column(RECOMMENDATIONS, "shown")
    clicked: int = column(RECOMMENDATIONS, "clicked")
    recommendation_ctr: float | None = measure("recommendation_ctr", more="null where none shown")


class RecommendationGroup(RecommendationMeasures, interactions.OfGroup):
    """The recommendations of one group."""


class RecommendationDay(RecommendationMeasures, interactions.OfDay):
    """The recommendations of one day, or of one group on it."""


class Recommendations(AnswerModel):
    """The recommendations of a period."""

    totals: RecommendationMeasures
    groups: tuple[RecommendationGroup, ...] = interactions.GROUPS
    days: tuple[RecommendationDay, ...] = interactions.DAYS


KIND = interactions.Kind(metric("recommendation_ctr"), ("shown", "clicked"))


class RecommendationFilters(Filters):
    """What recommendations can be narrowed to besides."""

    algorithm: Value | None = Field(default=None, description="the recommender, or `unknown`")

    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __init__(self, **given: str | None) -> None: ...


ALL_RECOMMENDATIONS = RecommendationFilters()


EXAMPLE_DAY = date(2026, 3, 6)
EXAMPLE_SHOWN = RecommendationMeasures(shown=9_410, clicked=1_129, recommendation_ctr=0.11998)


@dataclass(frozen=True, slots=True)
class RecommendationsQuestion(Question[Recommendations]):
    """Recommendations and their clicks, of the period and by day.

    A period that is left out is the 28 days that end with the last day with recommendations. Raises
    FilterNotTaken and BadPeriod.
    """

    period: Period | None = None
    filters: Filters = ALL_RECOMMENDATIONS
    split_by: str | None = None

    metrics = ("recommendation_ctr",)
    rows = RowTable(RecommendationDay, lambda recommendations: recommendations.days)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return interactions.resolve(snapshot, self.period, KIND)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Recommendations:
        found = interactions.counted(snapshot, KIND, period, self.given, self.split_by)
        return Recommendations(
            totals=RecommendationMeasures(**found.totals),
            groups=tuple(RecommendationGroup(**row) for row in found.groups),
            days=tuple(RecommendationDay(**row) for row in found.days),
        )

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY)},
        Recommendations(
            totals=EXAMPLE_SHOWN,
            groups=(),
            days=(RecommendationDay(day=EXAMPLE_DAY, group=None, **EXAMPLE_SHOWN.model_dump()),),
        ),
    )
