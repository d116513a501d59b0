"""The most viewed films, and seasons and series, of a week."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.gold import OVERALL
from netflix_pipeline.serving.query import codes
from netflix_pipeline.serving.query.filters import check_one
from netflix_pipeline.serving.query.periods import days_outside, last_full_week, monday, sunday
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
    Question,
    RowTable,
    Snapshot,
    Told,
    column,
    measure,
)

TABLE = "gold/top10_weekly"
ListName = Literal["films", "tv"]


class RankedEntry(AnswerModel):
    """One place of a list."""

    list: ListName = column(TABLE, "list")
    country: str = column(TABLE, "country")
    rank: int = Field(description="1 is the most viewed")
    entry_id: str = column(TABLE, "entry_id")
    entry_name: str = column(TABLE, "entry_name")
    hours_viewed: float = measure("hours_viewed")
    views: float | None = column(TABLE, "views")
    runtime_hours: float | None = column(TABLE, "runtime_hours")
    plays: int = measure("plays")
    starters: int = measure("starters")
    weeks_in_list: int = column(TABLE, "weeks_in_list")
    previous_rank: int | None = Field(
        description="its rank in this list the week before; null where it was not in it"
    )


class Top10(AnswerModel):
    """The lists of one week."""

    week: date = Field(description="Monday of the week")
    provisional: bool = Field(
        description="the week has not ended by the last day with data that is over"
    )
    first_week: date | None = Field(description="the first week that has lists; null without any")
    last_week: date | None = Field(description="the last week that has lists")
    countries: tuple[str, ...] = Field(
        description="which countries have lists in the week, beside `all`, the overall one"
    )
    entries: tuple[RankedEntry, ...] = Field(description="by list, then by rank")


ENTRIES = """
    SELECT t.* EXCLUDE (week), p.rank AS previous_rank
    FROM top10_weekly AS t LEFT JOIN top10_weekly AS p
        ON p.week = t.week - 7 AND p.list = t.list AND p.country = t.country
        AND p.entry_id = t.entry_id
    WHERE t.week = $week AND t.country = $country AND ($list IS NULL OR t.list = $list)
    ORDER BY t.list, t.rank
"""

COUNTRIES = """
    SELECT DISTINCT country FROM top10_weekly
    WHERE week = $week AND country <> $overall ORDER BY country
"""

SPAN = "SELECT min(week) AS first_week, max(week) AS last_week FROM top10_weekly"


@dataclass(frozen=True, slots=True)
class Top10Question(Question[Top10]):
    """The ten most viewed films, and seasons and series, of the week of a day.

    Without a day, of the last week that has ended by the last day with data that is over. Empty
    where there are no lists. Raises UnknownValues for several countries in one.
    """

    week: date | None = None
    which: ListName | None = None
    country: str = OVERALL

    metrics = ("top10", "hours_viewed", "views")
    rows = RowTable(RankedEntry, lambda top10: top10.entries)

    @property
    @override
    def given(self) -> dict[str, Told]:
        told: dict[str, Told] = {"country": self.country}
        return told | {"list": self.which} if self.which else told

    @override
    def resolved(self, snapshot: Snapshot) -> Period:
        first = monday(self.week) if self.week else last_full_week(snapshot)
        return Period(from_=first, to=sunday(first))

    @override
    def warnings(self, snapshot: Snapshot) -> tuple[str, ...]:
        week, known = self.resolved(snapshot), self.known(snapshot)
        # A week may begin before the first day, or go on after the last one.
        if self.week is None or (known and known.meets(week)):
            return ()
        return (days_outside(week, known) or "",)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Top10:
        if codes.code(snapshot, "country", self.country) is None:
            check_one("country", self.country)
        week = period.from_
        (span,) = snapshot.rows(SPAN)
        countries = snapshot.rows(COUNTRIES, {"week": week, "overall": OVERALL})
        bound = {"week": week, "country": self.country, "list": self.which}
        over = snapshot.info.over
        return Top10(
            week=week,
            provisional=over is None or period.to > over,
            countries=tuple(row["country"] for row in countries),
            entries=tuple(RankedEntry(**row) for row in snapshot.rows(ENTRIES, bound)),
            **span,
        )

    example = (
        {"week": date(2026, 2, 23)},
        Top10(
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
    )
