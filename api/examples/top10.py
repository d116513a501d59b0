"""Example answer of `/top10`."""

from __future__ import annotations

from datetime import date

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import Answer, Period, RankedEntry, Top10

TOP10 = Answer[Top10](
    data=Top10(
        week=date(2026, 2, 23),
        provisional=False,
        first_week=date(2025, 12, 29),
        last_week=date(2026, 3, 2),
        countries=("DE", "FR", "unknown"),
        entries=(
            RankedEntry(
                list="films",
                country="all",
                rank=1,
                entry_id="t-204",
                entry_name="The Long Night",
                hours_viewed=1_204.5,
                views=645.27,
                runtime_hours=1.86667,
                plays=911,
                starters=870,
                weeks_in_list=3,
                previous_rank=2,
            ),
        ),
    ),
    period=Period(from_=date(2026, 2, 23), to=date(2026, 3, 1)),
    filters={"country": "all"},
    metrics=("top10", "hours_viewed", "views"),
    snapshot=SNAPSHOT,
)
