"""Example answers of `/analytics`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import Answer, Headline, Period

ANALYTICS = Answer[Headline](
    data=Headline(
        plays=41_210,
        starters=36_930,
        watchers=21_004,
        completers=15_880,
        hours_viewed=24_310.25,
        plays_without_duration=12,
        views=19_204.5,
        hours_without_runtime=33.5,
        viewers=6_120,
        completion_rate=0.43,
        sittings=23_900,
        avg_sitting_minutes=61.03,
        binge_rate=0.087,
        dau=1_204,
        wau=3_811,
        mau=6_240,
        stickiness=0.193,
        peak_concurrent=188,
    ),
    period=Period(from_=date(2026, 2, 7), to=date(2026, 3, 6)),
    metrics=tuple(Headline.model_fields),
    snapshot=SNAPSHOT,
)
