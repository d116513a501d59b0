"""How many people watch, by day."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, measure


class AudienceDay(Shape):
    """How many people watch, as of one day."""

    day: date = Field(description="UTC day")
    dau: int = measure("dau")
    wau: int | None = measure("wau")
    mau: int | None = measure("mau")
    stickiness: float | None = measure("stickiness", more="null without monthly viewers, too")


class Audience(Shape):
    """How many people watch: what a period shows, and each of its days."""

    last_day: AudienceDay = Field(description="what the period shows: its last day's values")
    days: tuple[AudienceDay, ...] = Field(description="every day of the period, in order")
