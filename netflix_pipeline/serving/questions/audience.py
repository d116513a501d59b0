"""How many people watch, by day."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.query import measures
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
    measure,
)


class AudienceDay(AnswerModel):
    """How many people watch, as of one day."""

    day: date = Field(description="UTC day")
    dau: int = measure("dau")
    wau: int | None = measure("wau")
    mau: int | None = measure("mau")
    stickiness: float | None = measure("stickiness", more="null without monthly viewers, too")


class Audience(AnswerModel):
    """How many people watch: what a period shows, and each of its days."""

    last_day: AudienceDay = Field(description="what the period shows: its last day's values")
    days: tuple[AudienceDay, ...] = Field(description="every day of the period, in order")


MEASURES = tuple(name for name in AudienceDay.model_fields if name in METRICS)

DAYS = f"""
    SELECT event_date AS day,
        {", ".join(f"{METRICS[name].expression} AS {name}" for name in MEASURES)}
    FROM coded.audience_daily WHERE event_date BETWEEN $from AND $to GROUP BY event_date
"""


EXAMPLE_DAY = AudienceDay(day=date(2026, 3, 6), dau=1_204, wau=3_811, mau=6_240, stickiness=0.19295)


@dataclass(frozen=True, slots=True)
class AudienceQuestion(Question[Audience]):
    """Daily, weekly and monthly viewers and stickiness: of the period's last day, and by day."""

    period: Period | None = None

    metrics = MEASURES
    rows = RowTable(AudienceDay, lambda audience: audience.days)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Audience:
        rows = snapshot.rows(DAYS, {"from": period.from_, "to": period.to})
        known: dict[object, Row] = {row.pop("day"): row for row in rows}
        days = [period.from_ + timedelta(days=offset) for offset in range(period.days)]
        missing = [day for day in days if day not in known]
        found = {name: measures.audience(snapshot, name, missing) for name in MEASURES}
        known |= {day: {name: found[name][day] for name in MEASURES} for day in missing}
        told = tuple(AudienceDay(day=day, **known[day]) for day in days)
        return Audience(last_day=told[-1], days=told)

    example = (
        {"period": Period(from_=EXAMPLE_DAY.day, to=EXAMPLE_DAY.day)},
        Audience(last_day=EXAMPLE_DAY, days=(EXAMPLE_DAY,)),
    )
