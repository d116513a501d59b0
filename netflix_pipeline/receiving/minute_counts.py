"""What came in during one minute: counted as records come.

What was watched is counted in amounts: whole milliseconds × 2³² + events, one number that adds,
is taken away again without a rest, and sorts by time watched, then by events.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import floor
from typing import Any

from netflix_pipeline.contracts.contract import CANARY_USER
from netflix_pipeline.receiving.live_answers import Approximate
from netflix_pipeline.sources.formats.http_events import Event, Watch

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

    def copy(self) -> WatchedCounts:
        """The same, to be changed by itself."""
        return WatchedCounts(self.titles.copy(), self.devices.copy(), self.countries.copy())

    def add(self, more: WatchedCounts, sign: int = 1) -> None:
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

    def copy(self) -> Minute:
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


def count(
    minute: Minute, seen: dict[str, int], events: Sequence[Event], most: int
) -> tuple[list[Event], dict[int, int]]:
    """Count events into a minute, and their users into `seen`, as long as there is room for them.

    Given back are the canaries, and how many users were seen last in which minute before.
    """
    number, watched = minute.minute, minute.watched
    titles, devices, countries = watched.titles, watched.devices, watched.countries
    canaries: list[Event] = []
    others: list[type[Event]] = []
    left: dict[int, int] = {}
    viewers = promos = 0
    for event in events:
        user = event.user_id
        if user == CANARY_USER:
            canaries.append(event)
        elif event.__class__ is not Watch:
            others.append(event.__class__)
        elif event.kind == "promo":
            promos += 1
        else:
            seconds = event.watch_seconds
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
            title, device, country = event.title_id, event.device, event.country
            titles[title] = titles.get(title, 0) + amount
            devices[device] = devices.get(device, 0) + amount
            countries[country] = countries.get(country, 0) + amount
    minute.viewers += viewers
    minute.last_seen += viewers
    minute.promos += promos
    if others:
        minute.others.update(others)
    return canaries, left


def hours_of(amount: int) -> float:
    """The time watched of an amount [h]."""
    return (amount >> BITS) / HOUR
