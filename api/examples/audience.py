"""Example answers of `/analytics/audience`, `/retention`, `/lifecycle` and `/segments`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import (
    Answer,
    Audience,
    AudienceDay,
    LifecycleWeek,
    Period,
    Retention,
    RetentionRate,
    RetentionWeek,
    Segment,
    Segments,
)

LAST_DAY = AudienceDay(day=date(2026, 3, 6), dau=1_204, wau=3_811, mau=6_240, stickiness=0.19295)

AUDIENCE = Answer[Audience](
    data=Audience(last_day=LAST_DAY, days=(LAST_DAY,)),
    period=Period(from_=date(2026, 3, 6), to=date(2026, 3, 6)),
    metrics=("dau", "wau", "mau", "stickiness"),
    snapshot=SNAPSHOT,
)

RETENTION = Answer[Retention](
    data=Retention(
        rates=(
            RetentionRate(
                week_offset=0, cohorts=1, cohort_users=412, active_users=412, retention=1.0
            ),
            RetentionRate(week_offset=1, cohorts=0, cohort_users=0, active_users=0, retention=None),
        ),
        cohorts=(
            RetentionWeek(
                cohort_week=date(2026, 2, 23),
                cohort_users=412,
                week_offset=0,
                active_users=412,
                retention=1.0,
                provisional=False,
            ),
            RetentionWeek(
                cohort_week=date(2026, 2, 23),
                cohort_users=412,
                week_offset=1,
                active_users=241,
                retention=None,
                provisional=True,
            ),
        ),
    ),
    period=Period(from_=date(2026, 2, 23), to=date(2026, 3, 1)),
    metrics=("retention",),
    snapshot=SNAPSHOT,
)

LIFECYCLE = Answer[tuple[LifecycleWeek, ...]](
    data=(
        LifecycleWeek(
            week=date(2026, 2, 23),
            active_users=3_702,
            new_users=412,
            returning_users=2_980,
            resurrected_users=310,
            dormant_users=645,
            provisional=False,
        ),
    ),
    period=Period(from_=date(2026, 2, 23), to=date(2026, 3, 1)),
    metrics=("lifecycle",),
    snapshot=SNAPSHOT,
)

SEGMENTS = Answer[Segments](
    data=Segments(
        users=8_000,
        engagement_score=31.4,
        segments=(
            Segment(segment="core", users=480, share=0.06, engagement_score=77.2),
            Segment(segment="regular", users=2_160, share=0.27, engagement_score=52.8),
            Segment(segment="casual", users=3_600, share=0.45, engagement_score=26.1),
            Segment(segment="at_risk", users=1_760, share=0.22, engagement_score=3.4),
        ),
    ),
    period=Period(from_=date(2026, 2, 7), to=date(2026, 3, 6)),
    metrics=("engagement_score",),
    snapshot=SNAPSHOT,
)
