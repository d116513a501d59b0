"""Example answers of `/live`."""

from __future__ import annotations

from datetime import UTC, datetime

from netflix_pipeline.receiving.live_answers import (
    Live,
    LiveCanary,
    LiveDelay,
    LiveEvent,
    LiveEvents,
    LiveMinute,
    LiveShare,
    LiveTitle,
    LiveTotals,
)

LIVE = Live(
    as_of=datetime(2026, 3, 7, 20, 15, 12, 250000, tzinfo=UTC),
    from_=datetime(2026, 3, 7, 19, 16, tzinfo=UTC),
    totals=LiveTotals(
        events=LiveEvents(watch=81_204, search=4_120, recommendation=6_310, review=84),
        promos=912,
        hours=6_011.5,
        viewers=5_932,
        watching=1_204,
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
    newest=(
        LiveEvent(
            received_at=datetime(2026, 3, 7, 20, 15, 12, 246000, tzinfo=UTC),
            type="watch",
            event_id="0198f3a2-7c1e-7e9b-a5c4-5d2f6f1c8b10",
            title_id="t-204",
            title="The Long Night",
            action="stopped",
            device="smart_tv",
            country="DE",
        ),
    ),
    delay=LiveDelay(events=7_719, p50=0.004, p99=0.061, max=0.214),
    canary=LiveCanary(
        event_id="canary-20260307T201500.000000Z",
        sent_at=datetime(2026, 3, 7, 20, 15, tzinfo=UTC),
        received_at=datetime(2026, 3, 7, 20, 15, 0, 3000, tzinfo=UTC),
        visible_at=datetime(2026, 3, 7, 20, 15, 0, 8000, tzinfo=UTC),
        delay_seconds=0.008,
    ),
)
