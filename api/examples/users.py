"""Example answers of `/users`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from api.examples.plays import PLAY
from netflix_pipeline.serving import Answer, Page, Play, User, UserLifecycle, Viewing

USER = Answer[User](
    data=User(
        user_id="u-17",
        country="DE",
        plan="Premium",
        signup_date=date(2025, 4, 2),
        age=34,
        gender=None,
        primary_device="smart_tv",
        is_active=True,
        described=True,
        viewing=Viewing(
            first_day=date(2026, 1, 4),
            last_day=date(2026, 3, 5),
            active_days=31,
            plays=58,
            starters=52,
            watchers=40,
            completers=33,
            hours_viewed=44.5,
            plays_without_duration=0,
            starters_without_reach=2,
            active_days_28=14,
            hours_28=20.5,
            starters_without_reach_28=1,
            completion_rate_28=0.66,
            engagement_score=80.8,
            segment="core",
            favourite_genres=("drama", "comedy"),
        ),
        lifecycle=UserLifecycle(week=date(2026, 2, 23), status="returning"),
        recent_plays=(PLAY,),
    ),
    metrics=("plays", "hours_viewed", "engagement_score", "favourite_genres", "lifecycle"),
    snapshot=SNAPSHOT,
)

HISTORY = Page[tuple[Play, ...]](
    data=(PLAY,),
    snapshot=SNAPSHOT,
    next="WyJwbGF5cyIsMTc3MjczNzMzMTAwMDAwMCwidS0xNyIsInQtMjA0IiwxXQ",
)
