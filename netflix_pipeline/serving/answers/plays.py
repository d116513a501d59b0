"""One play, as the rows behind a number and a person's history show it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import Field

from netflix_pipeline.serving.answers.answer import Shape, by_dimension


@by_dimension(lambda _: (str, ...))
class Play(Shape):
    """One play: one user's continuous viewing of one title."""

    event_date: date = Field(description="UTC day on which it started")
    user_id: str
    title_id: str
    title: str | None = Field(description="name of the title")
    started_at: datetime = Field(description="UTC")
    time_precision: str = Field(description="second, or day where only the date is known")
    events: int = Field(description="events that it is made of")
    watch_seconds: float | None = Field(description="time watched [s]; null where unknown")
    reached: float | None = Field(description="share of the title that was reached")
    starter: bool
    watcher: bool
    completer: bool
    quality: str | None
    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __getattr__(self, name: str) -> str: ...
