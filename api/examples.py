"""Example answers of the API's reference, built from the models, so that they stay true."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from netflix_pipeline.live.answers import (
    Live,
    LiveCanary,
    LiveDelay,
    LiveEvents,
    LiveMinute,
    LiveShare,
    LiveTitle,
    LiveTotals,
)
from netflix_pipeline.serving import (
    Answer,
    ArrivalDay,
    Arrived,
    Headline,
    Ledger,
    Page,
    Period,
    Play,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
    SnapshotInfo,
    Title,
    User,
    Viewing,
)

SNAPSHOT = SnapshotInfo(
    version=12,
    built_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
    data_from=date(2026, 1, 1),
    data_to=date(2026, 3, 6),
    as_of=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
)

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

TITLES = Page[tuple[Title, ...]](
    data=(
        Title(
            title_id="t-204",
            title="The Long Night",
            content_type="film",
            genre="drama",
            genre_2=None,
            runtime_minutes=112,
            series_id=None,
            season=None,
            episode=None,
            release_year=2024,
            language="en",
            described=True,
            plays=912,
            hours_viewed=1_204.5,
            views=645.27,
            viewers=804,
            completion_rate=0.61,
            reviews=18,
            rating=4.2,
        ),
    ),
    snapshot=SNAPSHOT,
    next="WyJ0aXRsZXM6dGl0bGUiLCJ0aGUgbG9uZyBuaWdodCIsInQtMjA0Il0",
)

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
            active_days_28=14,
            hours_28=20.5,
            completion_rate_28=0.66,
            engagement_score=80.8,
            segment="core",
            favourite_genres=("drama", "comedy"),
        ),
        recent_plays=(
            Play(
                event_date=date(2026, 3, 5),
                user_id="u-17",
                title_id="t-204",
                title="The Long Night",
                started_at=datetime(2026, 3, 5, 19, 2, 11, tzinfo=UTC),
                time_precision="second",
                events=3,
                watch_seconds=6_540,
                reached=0.97,
                starter=True,
                watcher=True,
                completer=True,
                quality="UHD",
                country="DE",
                device="smart_tv",
                plan="Premium",
                content_type="film",
                genre="drama",
            ),
        ),
    ),
    snapshot=SNAPSHOT,
)

ARRIVED = Arrived(
    batches=2,
    received=12_400,
    stored=12_290,
    duplicate=88,
    quarantined=22,
    erased=0,
    in_plays=12_101,
    promo=188,
    canary=1,
    missing=0,
)

LEDGER = Answer[Ledger](
    data=Ledger(
        adds_up=True,
        totals=ARRIVED,
        days=(
            ArrivalDay(
                day=date(2026, 3, 7),
                source="native-watch-events",
                table="watch_events",
                **ARRIVED.model_dump(),
            ),
        ),
    ),
    period=Period(from_=date(2026, 2, 8), to=date(2026, 3, 7)),
    snapshot=SNAPSHOT,
)

QUARANTINE = Page[Quarantine](
    data=Quarantine(
        waiting=22,
        reasons=(
            ReasonCount(reason="watch_too_long", rows=19),
            ReasonCount(reason="missing_user_id", rows=4),
        ),
        rows=(
            QuarantinedRow(
                id="6f1d2c9a4be07d35-1:1207",
                table="watch_events",
                reasons=("missing_user_id", "watch_too_long"),
                identity="e-90211",
                raw="e-90211,,t-204,2026-03-06T20:00:00Z,stopped,90000,0.4",
                path="exports/watch_events.csv",
                source="native-watch-events",
                received_at=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
            ),
        ),
    ),
    period=Period(from_=date(2026, 2, 8), to=date(2026, 3, 7)),
    snapshot=SNAPSHOT,
    next="WyJxdWFyYW50aW5lIiwxNzcyODYzMTk4MDAwMDAwLCI2ZjFkMmM5YTRiZTA3ZDM1LTEiLDEyMDcsIndhdGNoX2V2ZW50cyJd",
)

LIVE = Live(
    as_of=datetime(2026, 3, 7, 20, 15, 12, 250000, tzinfo=UTC),
    from_=datetime(2026, 3, 7, 19, 16, tzinfo=UTC),
    totals=LiveTotals(
        events=LiveEvents(watch=81_204, search=4_120, recommendation=6_310, review=84),
        promos=912,
        hours=6_011.5,
        viewers=5_932,
        duplicates=18,
        quarantined=3,
    ),
    minutes=(
        LiveMinute(
            minute=datetime(2026, 3, 7, 20, 15, tzinfo=UTC), events=311, hours=20.5, viewers=290
        ),
    ),
    top_titles=(LiveTitle(title_id="t-204", title="The Long Night", events=1_904, hours=150.25),),
    by_device=(LiveShare(name="smart_tv", events=40_117, hours=3_190.75),),
    by_country=(LiveShare(name="DE", events=9_210, hours=702.5),),
    delay=LiveDelay(events=7_719, p50=0.004, p99=0.061, max=0.214),
    canary=LiveCanary(
        event_id="canary-20260307T201500.000000Z",
        sent_at=datetime(2026, 3, 7, 20, 15, tzinfo=UTC),
        received_at=datetime(2026, 3, 7, 20, 15, 0, 3000, tzinfo=UTC),
        visible_at=datetime(2026, 3, 7, 20, 15, 0, 8000, tzinfo=UTC),
        delay_seconds=0.008,
    ),
)


def example(answer: BaseModel) -> dict[int | str, dict[str, Any]]:
    """An answer as the example of a resource's success."""
    told = answer.model_dump(mode="json", by_alias=True)
    return {200: {"content": {"application/json": {"example": told}}}}
