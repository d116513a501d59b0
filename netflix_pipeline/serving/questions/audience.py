"""How many people watch, by day."""

from dataclasses import dataclass
from datetime import date

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.query import measures
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
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


EXAMPLE_DAY = AudienceDay(day=date(2026, 3, 6), dau=1_204, wau=3_811, mau=6_240, stickiness=0.19295)


@dataclass(frozen=True, slots=True)
class AudienceQuestion(Question[Audience]):
    """Daily, weekly and monthly viewers and stickiness: of the period's last day, and by day."""

    period: Period | None = None

    metrics = measures.AUDIENCE
    rows = RowTable(AudienceDay, lambda audience: audience.days)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Audience:
        known = measures.last_days(snapshot, period.each)
        days = tuple(AudienceDay(day=day, **known[day]) for day in period.each)
        return Audience(last_day=days[-1], days=days)

    example = (
        {"period": Period(from_=EXAMPLE_DAY.day, to=EXAMPLE_DAY.day)},
        Audience(last_day=EXAMPLE_DAY, days=(EXAMPLE_DAY,)),
    )
