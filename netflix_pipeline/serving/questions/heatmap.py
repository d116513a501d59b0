"""When people watch: plays and hours by weekday and hour of a zone's clock."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.query import measures, quarter_hours
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
)
from netflix_pipeline.time_zones import UTC, zone


class HourOfWeek(AnswerModel):
    """One hour of the week, over all weeks of the period."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday")
    hour: int = Field(ge=0, le=23, description="hour of the day, in the answer's zone")
    plays: int = Field(description="plays that started in it [plays]")
    hours_viewed: float = Field(description="hours watched of these, counted whole in it [h]")


class HeatMap(AnswerModel):
    """Plays and hours by weekday and hour, of plays whose time is known to the second."""

    cells: tuple[HourOfWeek, ...] = Field(
        serialization_alias="hours_of_week",
        description="all 168 hours of a week, Monday 0:00 first",
    )
    days: tuple[int, ...] = Field(
        serialization_alias="days_by_weekday",
        description="how many of each weekday the period has, Monday first",
    )
    plays_without_time: int = Field(description="plays of which only the day is known: not in it")


MEASURES = ("plays", "hours_viewed")


def hours_of_week(rows: Iterable[Row]) -> tuple[HourOfWeek, ...]:
    """Every hour of a week, of rows of some of them."""
    known = {(row["weekday"], row["hour"]): row for row in rows}
    nothing = dict.fromkeys(MEASURES, 0)
    return tuple(
        HourOfWeek(
            weekday=weekday,
            hour=hour,
            **{name: known.get((weekday, hour), nothing)[name] for name in MEASURES},
        )
        for weekday, hour in product(range(1, 8), range(24))
    )


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
    zone: str = UTC

    metrics = (*MEASURES, "activity")
    rows = RowTable(HourOfWeek, lambda heatmap: heatmap.cells)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> HeatMap:
        clock = zone(self.zone)
        cells = quarter_hours.hours_of_week(snapshot, period, clock, self.filters, MEASURES)
        if cells is None:
            rows = quarter_hours.quarter_rows(snapshot, period, clock, self.filters)
            query = CELLS.format(measures=measures.chosen(MEASURES), rows=rows.sql)
            cells = snapshot.rows(query, rows.bound)
        days = Counter(day.isoweekday() for day in period.each)
        return HeatMap(
            cells=hours_of_week(cells),
            days=tuple(days[weekday] for weekday in range(1, 8)),
            plays_without_time=quarter_hours.without_time(snapshot, period, self.filters),
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
