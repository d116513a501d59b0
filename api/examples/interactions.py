"""Example answers of `/analytics/search` and `/analytics/recommendations`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import (
    Answer,
    Period,
    RecommendationDay,
    RecommendationMeasures,
    Recommendations,
    SearchDay,
    Searches,
    SearchGroup,
    SearchMeasures,
)

DAY = date(2026, 3, 6)
SEARCHED = SearchMeasures(searches=2_104, clicked=1_306, without_results=88, search_success=0.62072)
SHOWN = RecommendationMeasures(shown=9_410, clicked=1_129, recommendation_ctr=0.11998)

SEARCHES = Answer[Searches](
    data=Searches(
        totals=SEARCHED,
        groups=(SearchGroup(group="smart_tv", **SEARCHED.model_dump()),),
        days=(SearchDay(day=DAY, group="smart_tv", **SEARCHED.model_dump()),),
    ),
    period=Period(from_=DAY, to=DAY),
    metrics=("search_success",),
    snapshot=SNAPSHOT,
)

RECOMMENDATIONS = Answer[Recommendations](
    data=Recommendations(
        totals=SHOWN,
        groups=(),
        days=(RecommendationDay(day=DAY, group=None, **SHOWN.model_dump()),),
    ),
    period=Period(from_=DAY, to=DAY),
    metrics=("recommendation_ctr",),
    snapshot=SNAPSHOT,
)
