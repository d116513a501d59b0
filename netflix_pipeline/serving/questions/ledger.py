"""The ledger: what arrived, and what became of it, reconciled row by row."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from dataclasses import dataclass
from datetime import date

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.outcomes import ROW_COUNTS
from netflix_pipeline.serving.query.periods import fitting, of_arrivals
from netflix_pipeline.serving.question import (
    EXAMPLE_PERIOD,
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    column,
)

TABLE = "gold/ledger_daily"


class Arrived(AnswerModel):
    """What arrived, and what became of it."""

    batches: int = column(TABLE, "batches")
    received: int = column(TABLE, "received")
    stored: int = column(TABLE, "stored")
    duplicate: int = column(TABLE, "duplicate")
    quarantined: int = column(TABLE, "quarantined")
    erased: int = column(TABLE, "erased")
    in_plays: int = column(TABLE, "in_plays")
    promo: int = column(TABLE, "promo")
    canary: int = column(TABLE, "canary")
    field_left_out: int = column(TABLE, "field_left_out")
    missing: int = Field(
        description="received − stored − duplicate − quarantined − erased: 0, or rows were lost "
        "(below 0: are there twice) [rows]"
    )


class ArrivalDay(Arrived):
    """What arrived on one day from one source for one table."""

    day: date = Field(description="UTC day of arrival")
    source: str = column(TABLE, "source")
    table: str = column(TABLE, "table")


class Ledger(AnswerModel):
    """The ledger of a period: every row that arrived is accounted for."""

    adds_up: bool = Field(description="whether nothing is missing in any row of it")
    totals: Arrived = Field(description="all rows of it together")
    days: tuple[ArrivalDay, ...] = Field(description="newest day first")


COUNTS = tuple(name for name in Arrived.model_fields if name != "missing")
MISSING = f"{' - '.join(ROW_COUNTS)} AS missing"

# A snapshot of before fields were counted has no such column.
LEDGER = """(
    SELECT * REPLACE (coalesce(field_left_out, 0) AS field_left_out) FROM (
        FROM ledger_daily UNION ALL BY NAME SELECT 0::BIGINT AS field_left_out WHERE false
    )
)"""

ARRIVED = f"""
    SELECT event_date AS day, source, "table", {", ".join(COUNTS)}, {MISSING}
    FROM {LEDGER} WHERE {{where}} ORDER BY day DESC, source, "table"
"""


EXAMPLE_ARRIVED = Arrived(
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


@dataclass(frozen=True, slots=True)
class LedgerQuestion(Question[Ledger]):
    """What arrived and what became of it, by day, source and table.

    A period that is left out is the 28 days that end with the newest arrival.
    """

    period: Period | None = None
    source: str | None = None
    table: str | None = None

    narrowing = ("source", "table")
    rows = RowTable(ArrivalDay, lambda ledger: ledger.days)
    scope = "ops:read"

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        return of_arrivals(snapshot, self.period)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Ledger:
        where, bound = fitting(period, self.source, self.table)
        days = [ArrivalDay(**row) for row in snapshot.rows(ARRIVED.format(where=where), bound)]
        return Ledger(
            # By row: what one source lost and another has twice must not cancel out.
            adds_up=not any(day.missing for day in days),
            totals=Arrived(
                **{name: sum(getattr(day, name) for day in days) for name in Arrived.model_fields}
            ),
            days=tuple(days),
        )

    example = (
        {"period": EXAMPLE_PERIOD},
        Ledger(
            adds_up=True,
            totals=EXAMPLE_ARRIVED,
            days=(
                ArrivalDay(
                    day=date(2026, 3, 7),
                    source="native-watch-events",
                    table="watch_events",
                    **EXAMPLE_ARRIVED.model_dump(),
                ),
            ),
        ),
    )
