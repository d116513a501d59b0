"""What the live view tells: the last hour, by the minute in which the platform received it.

A minute is counted as records come. What was watched is counted in amounts: whole milliseconds ×
2³² + events, one number that adds, is taken away again without a rest, and sorts by time watched,
then by events.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import floor
from operator import attrgetter
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.sources.formats.http_events import Event, Watch
from netflix_pipeline.sources.formats.plain_batches import PlainEvents

Approximate = Literal["titles", "viewers"]
"""What there may be more of than is told apart."""


class LiveModel(BaseModel):
    """The base of what is told: immutable, and closed against further fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True
    )


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

    def named(self, names: Mapping[str, str | None]) -> Self:
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


OTHERS = ""
"""No title has this id: those are counted together under it that are one too many."""

HOUR = 3_600_000
"""Milliseconds of an hour."""
BITS = 32
"""An amount is milliseconds << BITS, plus events."""
EVENTS = 2**BITS - 1


@dataclass(slots=True)
class WatchedCounts:
    """Amounts by title, device and country; null is a name too."""

    titles: dict[str, int] = field(default_factory=dict)
    devices: dict[str | None, int] = field(default_factory=dict)
    countries: dict[str | None, int] = field(default_factory=dict)

    def copy(self) -> Self:
        """The same, to be changed by itself."""
        return type(self)(self.titles.copy(), self.devices.copy(), self.countries.copy())

    def add(self, more: Self, sign: int = 1) -> None:
        """Add others, or take them away again by the sign -1."""
        totals: tuple[dict[Any, int], ...] = (self.titles, self.devices, self.countries)
        parts: tuple[dict[Any, int], ...] = (more.titles, more.devices, more.countries)
        for total, part in zip(totals, parts, strict=True):
            for name, amount in part.items():
                if left := total.get(name, 0) + sign * amount:
                    total[name] = left
                else:
                    del total[name]


@dataclass(slots=True)
class Minute:
    """What came in during one minute; `minute` counts from 1970."""

    minute: int
    promos: int = 0
    viewers: int = 0
    # Those of whom no later minute has a report.
    last_seen: int = 0
    duplicates: int = 0
    quarantined: int = 0
    others: Counter[type[Event]] = field(default_factory=Counter)
    watched: WatchedCounts = field(default_factory=WatchedCounts)
    delays: Counter[float] = field(default_factory=Counter)
    slowest: float = 0.0
    too_many: set[Approximate] = field(default_factory=set)

    @property
    def amount(self) -> int:
        """All that was watched."""
        return sum(self.watched.devices.values())

    def copy(self) -> Self:
        """The same, to be changed by itself."""
        return replace(
            self,
            others=self.others.copy(),
            watched=self.watched.copy(),
            delays=self.delays.copy(),
            too_many=self.too_many.copy(),
        )

    def gather(self, most: int) -> None:
        """Count the titles with the least together, so that no more than those are told apart."""
        titles = self.watched.titles
        if len(titles) <= most:
            return
        self.too_many.add("titles")
        rest = titles.pop(OTHERS, 0)
        kept = heapq.nlargest(most, titles.items(), key=lambda item: (item[1], item[0]))
        rest += sum(titles.values()) - sum(amount for _, amount in kept)
        self.watched.titles = {**dict(kept), OTHERS: rest}


def is_counted(event: Event) -> bool:
    """Whether it is among those that are counted: promos and canaries are not."""
    return event.user_id != CANARY_USER and getattr(event, "kind", None) != "promo"


Viewed: TypeAlias = tuple[str, str, str | None, str | None, float | None]
"""What is counted of a report of viewing: its user, title, device, country, and seconds."""
VIEWED = ("user_id", "title_id", "device", "country", "watch_seconds")
_viewed = attrgetter(*VIEWED)


def _reports(minute: Minute, events: Sequence[Event], canaries: list[Event]) -> Iterable[Viewed]:
    """The reports of viewing; all others are counted into the minute, canaries are taken apart."""
    if isinstance(events, PlainEvents) and events.struct is Watch:
        columns = events.columns
        if CANARY_USER not in columns["user_id"] and "promo" not in columns["kind"]:
            return zip(*(columns[name] for name in VIEWED), strict=True)
    reports: list[Viewed] = []
    for event in events:
        if event.user_id == CANARY_USER:
            canaries.append(event)
        elif event.__class__ is not Watch:
            minute.others[event.__class__] += 1
        elif event.kind == "promo":
            minute.promos += 1
        else:
            reports.append(_viewed(event))
    return reports


def count(
    minute: Minute, seen: dict[str, int], events: Sequence[Event], most: int
) -> tuple[list[Event], dict[int, int]]:
    """Count events into a minute, and their users into `seen`, as long as there is room for them.

    Given back are the canaries, and how many users were seen last in which minute before.
    """
    number, watched = minute.minute, minute.watched
    titles, devices, countries = watched.titles, watched.devices, watched.countries
    title_of, device_of, country_of = titles.get, devices.get, countries.get
    canaries: list[Event] = []
    left: dict[int, int] = {}
    viewers = 0
    for user, title, device, country, seconds in _reports(minute, events, canaries):
        amount = (floor(seconds * 1000 + 0.5) << BITS) + 1 if seconds else 1
        if seen.get(user) != number:
            before = seen.pop(user, None)  # to be put last
            if before is not None:
                left[before] = left.get(before, 0) + 1
            if before is not None or len(seen) < most:
                viewers += 1
                seen[user] = number
            else:
                minute.too_many.add("viewers")
        titles[title] = title_of(title, 0) + amount
        devices[device] = device_of(device, 0) + amount
        countries[country] = country_of(country, 0) + amount
    minute.viewers += viewers
    minute.last_seen += viewers
    return canaries, left


def hours_of(amount: int) -> float:
    """The time watched of an amount [h]."""
    return (amount >> BITS) / HOUR
