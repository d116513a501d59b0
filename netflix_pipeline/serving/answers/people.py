"""One person, and how they watch."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, measure
from netflix_pipeline.serving.answers.plays import Play


class Viewing(Shape):
    """How a user watched so far, and over the last 28 days with data."""

    first_day: date = Field(description="day of the first play")
    last_day: date = Field(description="day of the last play")
    active_days: int = Field(description="days with a play")
    plays: int = measure("plays")
    starters: int = measure("starters")
    watchers: int = measure("watchers")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")
    plays_without_duration: int = measure("plays_without_duration")
    starters_without_reach: int = measure("starters_without_reach")
    active_days_28: int = Field(description="days with a play in the last 28 days")
    hours_28: float = Field(description="hours watched in the last 28 days [h]")
    starters_without_reach_28: int = Field(
        description="starters in them of which it is not known how far they came [plays]"
    )
    completion_rate_28: float | None = Field(
        description="completers ÷ starters in them of which it is known how far they came; null "
        "without"
    )
    engagement_score: float = measure("engagement_score")
    segment: str = Field(description="core, regular, casual or at_risk, by the engagement score")
    favourite_genres: tuple[str, ...] = measure("favourite_genres")


Status = Literal["new", "returning", "resurrected", "dormant", "none"]


class UserLifecycle(Shape):
    """What a user was in the last week that has ended by the last day with data."""

    week: date = Field(description="Monday of the week")
    status: Status = Field(
        description="new: the first week with a play; returning: played the week before too; "
        "resurrected: earlier, not the week before; dormant: the week before, not this one; "
        "none: in neither"
    )


class User(Shape):
    """A user: what sources say of them, and how they watch."""

    user_id: str
    country: str | None = Field(description="ISO 3166-1 alpha-2")
    plan: str | None
    signup_date: date | None
    age: int | None = Field(description="years")
    gender: str | None
    primary_device: str | None
    is_active: bool | None = Field(description="whether the subscription is active")
    described: bool = Field(description="whether a source describes them; else only events do")
    viewing: Viewing | None = Field(description="null for somebody who never played anything")
    lifecycle: UserLifecycle
    recent_plays: tuple[Play, ...] = Field(description="newest first")
