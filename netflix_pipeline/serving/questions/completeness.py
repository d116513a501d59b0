"""Whether days are complete: how late their rows usually come, and which are settled."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import State
from netflix_pipeline.serving.query.completeness import arrivals_of_days, completeness
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
)

TABLE = "gold/arrival_daily"


class DayCompleteness(AnswerModel):
    """How complete one day is."""

    day: date = Field(description="UTC day of viewing")
    state: State = Field(
        description="provisional until 99.5 % of the rows that usually come are in, then settled; "
        "late where rows came after that"
    )
    expected_share: float | None = Field(
        description="share of a day's rows that usually is in by now; null before the day is over, "
        "and where lateness is not known"
    )
    rows: int = Field(description="rows that are in now [rows]")
    late_rows: int = Field(description="those of them that came after the day was settled [rows]")
    bulk_rows: int = column(TABLE, "bulk_rows")
    last_received_at: datetime | None = Field(
        description="when the last of its rows was received; null without rows"
    )


class LatenessStep(AnswerModel):
    """How much of a day usually is in so long after it."""

    within_hours: int = column(TABLE, "within_hours")
    share: float = Field(description="rows that came within so many hours ÷ all that came")


class Completeness(AnswerModel):
    """How late rows usually come, and what that says of each day of a period.

    Rows are the watch events that are part of plays.
    """

    provisional_from: date | None = Field(
        description="first day that is not settled; null where nothing was ever received"
    )
    settles_within_hours: int | None = Field(
        description="hours after its end within which a day is settled; null where lateness is not "
        "known yet: a day is then settled once it is over"
    )
    measured: Period | None = Field(
        description="the days by which lateness is measured; null where it is not known yet"
    )
    measured_rows: int = Field(description="their rows, without those of bulk loads [rows]")
    lateness: tuple[LatenessStep, ...] = Field(description="soonest first, up to all rows")
    days: tuple[DayCompleteness, ...] = Field(description="every day of the period, in order")


EXAMPLE_DAYS = (
    DayCompleteness(
        day=date(2026, 3, 4),
        state="late",
        expected_share=0.9995,
        rows=2_010,
        late_rows=3,
        bulk_rows=0,
        last_received_at=datetime(2026, 3, 6, 18, 40, 2, tzinfo=UTC),
    ),
    DayCompleteness(
        day=date(2026, 3, 5),
        state="settled",
        expected_share=0.9982,
        rows=1_988,
        late_rows=0,
        bulk_rows=0,
        last_received_at=datetime(2026, 3, 6, 4, 12, 55, tzinfo=UTC),
    ),
    DayCompleteness(
        day=date(2026, 3, 6),
        state="provisional",
        expected_share=0.971,
        rows=1_874,
        late_rows=0,
        bulk_rows=0,
        last_received_at=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
    ),
)


@dataclass(frozen=True, slots=True)
class CompletenessQuestion(Question[Completeness]):
    """Whether the days of a period are complete, by how late rows usually come."""

    period: Period | None = None

    rows = RowTable(DayCompleteness, lambda completeness: completeness.days)
    scope = "ops:read"

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Completeness:
        known, arrived = completeness(snapshot), arrivals_of_days(snapshot, period)
        first = known.provisional_from

        def told(day: date) -> DayCompleteness:
            row = arrived.get(day, {})
            late, received = row.get("late_rows", 0), row.get("last_received_at")
            settled: State = "late" if late else "settled"
            return DayCompleteness(
                day=day,
                state="provisional" if first is None or day >= first else settled,
                expected_share=known.share_in(day),
                rows=row.get("rows", 0),
                late_rows=late,
                bulk_rows=row.get("bulk_rows", 0),
                last_received_at=received and received.replace(tzinfo=UTC),
            )

        return Completeness(
            provisional_from=first,
            settles_within_hours=known.lateness.settles_within,
            measured=known.measured,
            measured_rows=known.rows,
            lateness=tuple(
                LatenessStep(within_hours=hours, share=share)
                for hours, share in known.lateness.shares.items()
            ),
            days=tuple(map(told, period.each)),
        )

    example = (
        {"period": Period(from_=date(2026, 3, 4), to=date(2026, 3, 6))},
        Completeness(
            provisional_from=date(2026, 3, 6),
            settles_within_hours=14,
            measured=Period(from_=date(2026, 1, 30), to=date(2026, 2, 26)),
            measured_rows=54_310,
            lateness=(
                LatenessStep(within_hours=0, share=0.962),
                LatenessStep(within_hours=6, share=0.971),
                LatenessStep(within_hours=14, share=0.9951),
                LatenessStep(within_hours=24, share=0.9982),
                LatenessStep(within_hours=48, share=1.0),
            ),
            days=EXAMPLE_DAYS,
        ),
    )
