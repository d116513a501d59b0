"""Example answers of `/analytics`."""

from __future__ import annotations

from datetime import date
from itertools import product

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import (
    Answer,
    Bucket,
    Change,
    Comparison,
    Glance,
    Headline,
    HeatMap,
    HourOfWeek,
    LeftOut,
    Line,
    Period,
    Series,
)

PERIOD = Period(from_=date(2026, 2, 7), to=date(2026, 3, 6))

ANALYTICS = Answer[Glance](
    data=Glance(
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
        starters_without_reach=0,
        sittings=23_900,
        avg_sitting_minutes=61.03,
        binge_rate=0.087,
        left_out=tuple(
            LeftOut(
                metric=name,
                takes=(),
                reason=f"{name} cannot be filtered by country: it takes none. Leave the filter "
                "out, or ask for another metric.",
            )
            for name in ("dau", "wau", "mau", "stickiness", "peak_concurrent")
        ),
        comparison=Comparison(
            by="previous",
            period=Period(from_=date(2026, 1, 10), to=date(2026, 2, 6)),
            complete=True,
            data=Headline(plays=39_120, completion_rate=0.41),
            change={
                "plays": Change(absolute=2_090, relative=0.0534),
                "completion_rate": Change(absolute=0.02, relative=0.0488),
            },
        ),
    ),
    period=PERIOD,
    filters={"country": "DE"},
    metrics=("plays", "completion_rate"),
    snapshot=SNAPSHOT,
)

TIMESERIES = Answer[Series](
    data=Series(
        metric="viewers",
        granularity="week",
        split_by="device",
        groups=8,
        buckets=(
            Bucket(from_=date(2026, 2, 7), to=date(2026, 2, 8), partial=True),
            Bucket(from_=date(2026, 2, 9), to=date(2026, 2, 15), partial=False),
        ),
        lines=(
            Line(
                group="smart_tv",
                name=None,
                rest=False,
                total=3_410,
                values=(1_804, 2_910),
                compared_total=None,
                compared=None,
                change=None,
            ),
            Line(
                group=None,
                name=None,
                rest=True,
                total=2_204,
                values=(902, 1_760),
                compared_total=None,
                compared=None,
                change=None,
            ),
        ),
        compared_with=None,
        plays_without_time=None,
    ),
    period=Period(from_=date(2026, 2, 7), to=date(2026, 2, 15)),
    metrics=("viewers",),
    snapshot=SNAPSHOT,
)

HEATMAP = Answer[HeatMap](
    data=HeatMap(
        cells=tuple(
            HourOfWeek(weekday=weekday, hour=hour, plays=9 * hour, hours_viewed=6.5 * hour)
            for weekday, hour in product(range(1, 8), range(24))
        ),
        days=(4, 4, 4, 4, 4, 4, 4),
        plays_without_time=12,
    ),
    period=PERIOD,
    zone="Europe/Berlin",
    metrics=("plays", "hours_viewed", "activity"),
    snapshot=SNAPSHOT,
)
