"""When people watch: the hours of a week."""

from __future__ import annotations

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape


class HourOfWeek(Shape):
    """One hour of the week, over all weeks of the period."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday")
    hour: int = Field(ge=0, le=23, description="hour of the day, in the answer's zone")
    plays: int = Field(description="plays that started in it [plays]")
    hours_viewed: float = Field(description="hours watched of these, counted whole in it [h]")


class HeatMap(Shape):
    """Plays and hours by weekday and hour, of plays whose time is known to the second."""

    cells: tuple[HourOfWeek, ...] = Field(description="all 168 hours of a week, Monday 0:00 first")
    days: tuple[int, ...] = Field(
        description="how many of each weekday the period has, Monday first"
    )
    plays_without_time: int = Field(description="plays of which only the day is known: not in it")
