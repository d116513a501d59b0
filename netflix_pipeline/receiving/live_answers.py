"""What the live view tells: the last hour, by the minute in which the platform received it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Approximate = Literal["titles", "viewers"]
"""What there may be more of than is told apart."""


class LiveModel(BaseModel):
    """The base of what is told: immutable, and closed against further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LiveEvents(LiveModel):
    """New events by type."""

    watch: int = Field(description="reports of viewing, without promos")
    search: int = Field(description="searches")
    recommendation: int = Field(description="recommendations")
    review: int = Field(description="reviews")


class LiveTotals(LiveModel):
    """The whole window in numbers."""

    events: LiveEvents
    promos: int = Field(description="trailers and teasers watched: in no other number")
    hours: float = Field(description="time watched [h]")
    viewers: int = Field(description="different users who reported viewing, exact")
    watching: int = Field(
        description="those of them who did in the last five minutes, this one included"
    )
    duplicates: int = Field(description="events that were known already")
    quarantined: int = Field(description="events that were put into quarantine")


class LiveMinute(LiveModel):
    """What came in during one minute."""

    minute: datetime = Field(description="its beginning, UTC")
    events: int = Field(description="new events of all types, without promos")
    hours: float = Field(description="time watched [h]")
    viewers: int = Field(description="different users who reported viewing in it, exact")


class LiveTitle(LiveModel):
    """A title that is watched now."""

    title_id: str
    title: str | None = Field(description="its name; null where no published snapshot knows it")
    events: int = Field(description="reports of viewing")
    hours: float = Field(description="time watched [h]")


class LiveShare(LiveModel):
    """What came from one device or country."""

    name: str = Field(description="`unknown` where nobody said")
    events: int = Field(description="reports of viewing")
    hours: float = Field(description="time watched [h]")


class LiveEvent(LiveModel):
    """One of the newest events; by its id it can be traced through all that is made of it."""

    received_at: datetime
    type: str = Field(description="watch, search, recommendation or review")
    event_id: str
    title_id: str | None = Field(description="null for a search")
    title: str | None = Field(description="its name; null where no published snapshot knows it")
    action: str | None = Field(description="what the player reported; null but for watch")
    device: str | None
    country: str | None


class LiveDelay(LiveModel):
    """How long events took from receipt until they were visible, over the last full minutes."""

    events: int = Field(description="events received in the five full minutes before this one")
    p50: float | None = Field(description="half of them took no longer [s]; two digits")
    p99: float | None = Field(description="99 of 100 took no longer [s]; two digits")
    max: float | None = Field(description="the longest [s]; null without events")


class LiveCanary(LiveModel):
    """The newest of the events that the platform sends to itself, all the way."""

    event_id: str
    sent_at: datetime
    received_at: datetime
    visible_at: datetime
    delay_seconds: float = Field(description="from sending to visibility [s]")


class Live(LiveModel):
    """The last 60 minutes by minute of receipt, this one included."""

    as_of: datetime = Field(description="the moment that it tells of")
    from_: datetime = Field(serialization_alias="from", description="the window's first minute")
    totals: LiveTotals
    minutes: tuple[LiveMinute, ...] = Field(description="60, oldest first, empty ones too")
    top_titles: tuple[LiveTitle, ...] = Field(description="at most 10, most hours first")
    by_device: tuple[LiveShare, ...] = Field(description="most hours first")
    by_country: tuple[LiveShare, ...] = Field(
        description="most hours first; those behind the first 20 together as `other`"
    )
    newest: tuple[LiveEvent, ...] = Field(
        description="at most 20 of the new events, newest first; not whose they are"
    )
    delay: LiveDelay
    canary: LiveCanary | None = Field(description="null before the first")
    approximate: tuple[Approximate, ...] = Field(
        default=(),
        description="empty, or what there was more of than is told apart: `viewers`, then "
        "`viewers` and `watching` are the least that they are; `titles`, then `top_titles` may "
        "leave out some of what was watched in single minutes. Events and hours stay exact",
    )

    def title_ids(self) -> list[str]:
        """The ids of the titles that are told of, each once."""
        ids = [title.title_id for title in self.top_titles]
        ids += [event.title_id for event in self.newest if event.title_id is not None]
        return list(dict.fromkeys(ids))

    def named(self, names: Mapping[str, str | None]) -> Live:
        """The same with the names of its titles, as far as they are known."""
        titles = tuple(
            title.model_copy(update={"title": names.get(title.title_id)})
            for title in self.top_titles
        )
        newest = tuple(
            event.model_copy(update={"title": names.get(event.title_id or "")})
            for event in self.newest
        )
        return self.model_copy(update={"top_titles": titles, "newest": newest})
