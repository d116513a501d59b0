"""The most viewed films, and seasons and series, of a week."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column, measure

TABLE = "gold/top10_weekly"
ListName = Literal["films", "tv"]


class RankedEntry(Shape):
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


class Top10(Shape):
    """The lists of one week."""

    week: date = Field(description="Monday of the week")
    provisional: bool = Field(description="the week has not ended by the last day with data")
    first_week: date | None = Field(description="the first week that has lists; null without any")
    last_week: date | None = Field(description="the last week that has lists")
    countries: tuple[str, ...] = Field(
        description="which countries have lists in the week, beside `all`, the overall one"
    )
    entries: tuple[RankedEntry, ...] = Field(description="by list, then by rank")
