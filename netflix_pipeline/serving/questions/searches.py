"""Searches, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import interactions
from netflix_pipeline.serving.question import (
    ALL,
    AnswerModel,
    Filters,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
    measure,
)

SEARCHES = "gold/search_daily"


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


KIND = interactions.Kind(metric("search_success"), ("searches", "clicked", "without_results"))


EXAMPLE_DAY = date(2026, 3, 6)
EXAMPLE_SEARCHED = SearchMeasures(
    searches=2_104, clicked=1_306, without_results=88, search_success=0.62072
)


@dataclass(frozen=True, slots=True)
class SearchesQuestion(Question[Searches]):
    """Searches and their success, of the period and by day.

    A period that is left out is the 28 days that end with the last day with searches. Raises
    FilterNotTaken and BadPeriod.
    """

    period: Period | None = None
    filters: Filters = ALL
    split_by: str | None = None

    metrics = ("search_success",)
    rows = RowTable(SearchDay, lambda searches: searches.days)

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return interactions.resolve(snapshot, self.period, KIND)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Searches:
        found = interactions.counted(snapshot, KIND, period, self.given, self.split_by)
        return Searches(
            totals=SearchMeasures(**found.totals),
            groups=tuple(SearchGroup(**row) for row in found.groups),
            days=tuple(SearchDay(**row) for row in found.days),
        )

    example = (
        {"period": Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY), "split_by": "device"},
        Searches(
            totals=EXAMPLE_SEARCHED,
            groups=(SearchGroup(group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
            days=(SearchDay(day=EXAMPLE_DAY, group="smart_tv", **EXAMPLE_SEARCHED.model_dump()),),
        ),
    )
