"""How engaged people are: how many of them are in each segment."""

from __future__ import annotations

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, column, measure

TABLE = "gold/user_profile"


class Segment(Shape):
    """The users of one segment."""

    segment: str = column(TABLE, "segment")
    users: int = Field(description="users in it [users]")
    share: float | None = Field(description="users ÷ all who ever played; null without any")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")


class Segments(Shape):
    """All who ever played, by how much they watched in the last 28 days with data."""

    users: int = Field(description="all who ever played [users]")
    engagement_score: float | None = measure("engagement_score", more="their mean; null without")
    segments: tuple[Segment, ...] = Field(description="all four, the most engaged first")
