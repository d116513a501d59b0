"""Example answers of `/quality`."""

from __future__ import annotations

from datetime import UTC, date, datetime

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import (
    Answer,
    ArrivalDay,
    Arrived,
    Checks,
    KeptSnapshot,
    Ledger,
    Page,
    Period,
    Quarantine,
    QuarantinedRow,
    ReasonCount,
    StalePart,
    TableCheck,
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
    field_left_out=2,
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

CHECKS = Answer[Checks](
    data=Checks(
        passed=False,
        ledger_adds_up=True,
        tables=(
            TableCheck(table="gold/activity", parts=365, rows=34_812, stale=1),
            TableCheck(table="silver/plays", parts=365, rows=4_120_339, stale=0),
        ),
        stale=(
            StalePart(
                table="gold/activity", day=date(2026, 3, 6), reason="its contract was broken"
            ),
        ),
        failed_rows=0,
        undescribed_users=3,
        undescribed_titles=0,
    ),
    snapshot=SNAPSHOT,
)

SNAPSHOTS = Answer[tuple[KeptSnapshot, ...]](
    data=(
        KeptSnapshot(
            version=SNAPSHOT.version,
            published_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
            bytes=181_403_648,
            current=True,
        ),
        KeptSnapshot(
            version=SNAPSHOT.version - 1,
            published_at=datetime(2026, 3, 6, 6, 0, 9, tzinfo=UTC),
            bytes=180_879_360,
            current=False,
        ),
    ),
    snapshot=SNAPSHOT,
)
