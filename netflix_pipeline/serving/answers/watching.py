"""How something was watched in a period."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, measure


class Watching(Shape):
    """How something was watched in a period."""

    plays: int = measure("plays")
    starters: int = measure("starters")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")
    views: float = measure("views")
    hours_without_runtime: float = measure("hours_without_runtime")
    viewers: int = measure("viewers")
    completion_rate: float | None = measure("completion_rate")
    starters_without_reach: int = measure("starters_without_reach")


class DayValue(Shape):
    """A metric's value of one day."""

    day: date
    value: float | None = Field(description="null where there is nothing to tell")


class TitleMeasures(Watching):
    """How a title was watched in a period."""

    title_id: str
    title: str | None
    content_type: str | None
    genre: str | None
