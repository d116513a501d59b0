"""When people watch: plays and hours by weekday and hour of a zone's clock."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.query.quarter_hours import quarter_rows, without_time
from netflix_pipeline.serving.query.rows import chosen
from netflix_pipeline.serving.query.time_zones import zone
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    RowTable,
    Snapshot,
)


class HourOfWeek(AnswerModel):
    """One hour of the week, over all weeks of the period."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday")
    hour: int = Field(ge=0, le=23, description="hour of the day, in the answer's zone")
    plays: int = Field(description="plays that started in it [plays]")
    hours_viewed: float = Field(description="hours watched of these, counted whole in it [h]")


class HeatMap(AnswerModel):
    """Plays and hours by weekday and hour, of plays whose time is known to the second."""

    cells: tuple[HourOfWeek, ...] = Field(description="all 168 hours of a week, Monday 0:00 first")
    days: tuple[int, ...] = Field(
        description="how many of each weekday the period has, Monday first"
    )
    plays_without_time: int = Field(description="plays of which only the day is known: not in it")


MEASURES = ("plays", "hours_viewed")

CELLS = """
    SELECT isodow(event_date) AS weekday, local // 4 % 24 AS hour, {measures}
    FROM {rows} GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class HeatMapQuestion(Question[HeatMap]):
    """Plays and hours by weekday and hour.

    The period's days in the zone, hour by hour of the week. Raises UnknownZone.
    """

    period: Period | None = None
    filters: Filters = ALL
    zone: str = "UTC"

    metrics = (*MEASURES, "activity")
    rows = RowTable(HourOfWeek, lambda heatmap: heatmap.cells)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> HeatMap:
        rows = quarter_rows(snapshot, period, zone(self.zone), self.filters)
        measures = chosen([METRICS[name] for name in MEASURES])
        found = {
            (row["weekday"], row["hour"]): row
            for row in snapshot.rows(CELLS.format(measures=measures, rows=rows.sql), rows.bound)
        }
        nothing = dict.fromkeys(MEASURES, 0)
        days = [0] * 7
        for offset in range(period.days):
            days[(period.from_ + timedelta(days=offset)).weekday()] += 1
        return HeatMap(
            cells=tuple(
                HourOfWeek(**{"weekday": at[0], "hour": at[1]} | found.get(at, nothing))
                for at in product(range(1, 8), range(24))
            ),
            days=tuple(days),
            plays_without_time=without_time(snapshot, period, self.filters),
        )

    example = (
        {"period": EXAMPLE_PERIOD, "zone": "Europe/Berlin"},
        HeatMap(
            cells=tuple(
                HourOfWeek(weekday=weekday, hour=hour, plays=9 * hour, hours_viewed=6.5 * hour)
                for weekday, hour in product(range(1, 8), range(24))
            ),
            days=(4, 4, 4, 4, 4, 4, 4),
            plays_without_time=12,
        ),
    )
