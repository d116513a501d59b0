"""Searches and recommendations, and what became of them."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column, measure

SEARCHES = "gold/search_daily"
RECOMMENDATIONS = "gold/recommendation_daily"
OTHERS = "(others)"
"""The group that stands for all but the largest."""

DAY = Field(description="UTC day")
GROUP = Field(
    description=f"value of the dimension that it is split by; `{OTHERS}`: all but the largest"
)
DAYS = Field(description="every day of the period in order; of each, every group where it is split")
GROUPS = Field(description="the whole period by group, largest first; none where it is not split")


class _Group(Shape):
    group: str = GROUP


class _Day(Shape):
    day: date = DAY
    group: str | None = GROUP


class SearchMeasures(Shape):
    """Searches, and how they went."""

    searches: int = column(SEARCHES, "searches")
    clicked: int = column(SEARCHES, "clicked")
    without_results: int = column(SEARCHES, "without_results")
    search_success: float | None = measure("search_success", more="null without searches")


class SearchGroup(SearchMeasures, _Group):
    """The searches of one group."""


class SearchDay(SearchMeasures, _Day):
    """The searches of one day, or of one group on it."""


class Searches(Shape):
    """The searches of a period."""

    totals: SearchMeasures
    groups: tuple[SearchGroup, ...] = GROUPS
    days: tuple[SearchDay, ...] = DAYS


class RecommendationMeasures(Shape):
    """Recommendations shown, and how they went."""

    shown: int = column(RECOMMENDATIONS, "shown")
    clicked: int = column(RECOMMENDATIONS, "clicked")
    recommendation_ctr: float | None = measure("recommendation_ctr", more="null where none shown")


class RecommendationGroup(RecommendationMeasures, _Group):
    """The recommendations of one group."""


class RecommendationDay(RecommendationMeasures, _Day):
    """The recommendations of one day, or of one group on it."""


class Recommendations(Shape):
    """The recommendations of a period."""

    totals: RecommendationMeasures
    groups: tuple[RecommendationGroup, ...] = GROUPS
    days: tuple[RecommendationDay, ...] = DAYS
