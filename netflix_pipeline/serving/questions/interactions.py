"""Searches and recommendations, and what became of them: two kinds of interactions, asked alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import interactions
from netflix_pipeline.serving.query.filters import Value
from netflix_pipeline.serving.question import (
    ALL,
    AnswerModel,
    Filters,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
    data_of,
    measure,
)

T = TypeVar("T")
SEARCHES, RECOMMENDATIONS = "gold/search_daily", "gold/recommendation_daily"
EXAMPLE_DAY = date(2026, 3, 6)


class SearchMeasures(AnswerModel):
    """Searches, and how they went."""

    searches: int = column(SEARCHES, "searches")
    clicked: int = column(SEARCHES, "clicked")
    without_results: int = column(SEARCHES, "without_results")
    search_success: float | None = measure("search_success", more="null without searches")


class SearchGroup(SearchMeasures, interactions.OfGroup):
    """The searches of one group."""


class SearchDay(SearchMeasures, interactions.OfDay):
    """The searches of one day, or of one group on it."""


class Searches(AnswerModel):
    """The searches of a period."""

    totals: SearchMeasures
    groups: tuple[SearchGroup, ...] = interactions.GROUPS
    days: tuple[SearchDay, ...] = interactions.DAYS


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


class RecommendationFilters(Filters):
    """What recommendations can be narrowed to besides."""

    algorithm: Value | None = Field(default=None, description="the recommender, or `unknown`")

    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __init__(self, **given: str | None) -> None: ...


ALL_RECOMMENDATIONS = RecommendationFilters()


@dataclass(frozen=True, slots=True)
class InteractionsQuestion(Question[T]):
    """Interactions of a kind and their clicks, of the period and by day.

    A period that is left out is the 28 days that end with the last day with some. Raises
    FilterNotTaken and BadPeriod.
    """

    period: Period | None = None
    filters: Filters = ALL
    split_by: str | None = None

    kind: ClassVar[interactions.Kind]

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return interactions.resolve(snapshot, self.period, self.kind)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> T:
        found = interactions.counted(snapshot, self.kind, period, self.given, self.split_by)
        data: T = data_of(type(self)).model_validate(found)
        return data


EXAMPLE_SEARCHED = SearchMeasures(
    searches=2_104, clicked=1_306, without_results=88, search_success=0.62072
)


@dataclass(frozen=True, slots=True)
class SearchesQuestion(InteractionsQuestion[Searches]):
    """Searches and their success, of the period and by day."""

    metrics = ("search_success",)
    rows = RowTable(SearchDay, lambda searches: searches.days)
    kind = interactions.Kind(metric("search_success"), ("searches", "clicked", "without_results"))

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY), "split_by": "device"},
        Searches(
            totals=EXAMPLE_SEARCHED,
            groups=(SearchGroup(group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
            days=(SearchDay(day=EXAMPLE_DAY, group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
        ),
    )


EXAMPLE_SHOWN = RecommendationMeasures(shown=9_410, clicked=1_129, recommendation_ctr=0.11998)


@dataclass(frozen=True, slots=True)
class RecommendationsQuestion(InteractionsQuestion[Recommendations]):
    """Recommendations and their clicks, of the period and by day."""

    filters: Filters = ALL_RECOMMENDATIONS

    metrics = ("recommendation_ctr",)
    rows = RowTable(RecommendationDay, lambda recommendations: recommendations.days)
    kind = interactions.Kind(metric("recommendation_ctr"), ("shown", "clicked"))

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY)},
        Recommendations(
            totals=EXAMPLE_SHOWN,
            groups=(),
            days=(RecommendationDay(day=EXAMPLE_DAY, group=None, **EXAMPLE_SHOWN.model_dump()),),
        ),
    )
