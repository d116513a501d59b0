"""How many people watch, by day."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from __future__ import annotations

from datetime import timedelta

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Audience, AudienceDay, Period
from netflix_pipeline.serving.queries import measures
from netflix_pipeline.serving.snapshots import Row, Snapshot

MEASURES = tuple(name for name in AudienceDay.model_fields if name in METRICS)
DAYS = f"""
    SELECT event_date AS day,
        {", ".join(f"{METRICS[name].expression} AS {name}" for name in MEASURES)}
    FROM coded.audience_daily WHERE event_date BETWEEN $from AND $to GROUP BY event_date
"""


def audience(snapshot: Snapshot, period: Period) -> Audience:
    """The audience of every day of the period, also of those that no table has."""
    rows = snapshot.rows(DAYS, {"from": period.from_, "to": period.to})
    known: dict[object, Row] = {row.pop("day"): row for row in rows}
    days = [period.from_ + timedelta(days=offset) for offset in range(period.days)]
    missing = [day for day in days if day not in known]
    found = {name: measures.audience(snapshot, name, missing) for name in MEASURES}
    known |= {day: {name: found[name][day] for name in MEASURES} for day in missing}
    told = tuple(AudienceDay(day=day, **known[day]) for day in days)
    return Audience(last_day=told[-1], days=told)
