"""The live view as it is sent: one JSON text a moment, made once for everybody who asks or listens.

What is sent is the state, never a queue of changes: a slow listener simply gets the newest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from netflix_pipeline.live.answers import Live
from netflix_pipeline.live.rolling_window import RollingWindow, minute_of

Key = tuple[str, int, int]
"""What a moment depends on: position, minute, and how much is known of names."""


class FollowedTail(Protocol):
    """Whoever follows the events: `position` (one line of text) changes after the view did."""

    @property
    def caught_up(self) -> bool:
        """Whether the last hour is in the view."""

    @property
    def position(self) -> str:
        """How far the events are in the view."""

    @property
    def progress(self) -> str:
        """How far reading has come, in words."""

    @property
    def view(self) -> RollingWindow:
        """The view that it fills."""


class Names(Protocol):
    """Whoever knows the names of titles; `stamp` changes when more is known."""

    @property
    def stamp(self) -> int:
        """Another number for each time that names were found."""

    async def of(self, title_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The names that are known now. Never fails, never waits for long."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """The state at one moment: where the events stood, the JSON text, when it was made."""

    key: Key
    body: bytes
    made: float

    @property
    def position(self) -> str:
        """How far the events are in it."""
        return self.key[0]


@dataclass(frozen=True)
class FeedIntervals:
    """Seconds between two looks, two states sent, and signs of life."""

    look: float = 0.1
    send: float = 0.25
    heartbeat: float = 15.0


class Feed:
    """The states of a tail's view. Belongs to one event loop."""

    def __init__(
        self,
        tail: FollowedTail,
        names: Names,
        pace: FeedIntervals = FeedIntervals(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.tail = tail
        self._names = names
        self._pace = pace
        self._now = now
        self._kept: LiveState | None = None
        self._making = asyncio.Lock()

    async def current(self) -> LiveState:
        """The state of now."""
        async with self._making:
            if self._kept is None or self._kept.key != self._key():
                self._kept = await self._make()
            return self._kept

    async def moments(self, seen: str | None = None) -> AsyncIterator[LiveState | None]:
        """The state at once, then whenever something new is visible or a minute began.

        None is a sign of life after a silence. A listener who has `seen` the position of now gets
        no state before it changes.
        """
        had = self._key() if seen == self.tail.position else None
        sent: float | None = None
        spoken = monotonic()
        while True:
            due = sent is None or monotonic() - sent >= self._pace.send
            if due and self.tail.caught_up and self._key() != had:
                moment = await (self.current() if sent is None else self._recent())
                if moment.key != had:
                    had = moment.key
                    sent = spoken = monotonic()
                    yield moment
            elif monotonic() - spoken >= self._pace.heartbeat:
                spoken = monotonic()
                yield None
            await asyncio.sleep(self._pace.look)

    async def _recent(self) -> LiveState:
        """The state of now, or one that was just made: listeners share what is made for them."""
        kept = self._kept
        if kept is not None and monotonic() - kept.made < self._pace.send:
            return kept
        return await self.current()

    def _key(self) -> Key:
        return self.tail.position, minute_of(self._now()), self._names.stamp

    async def _make(self) -> LiveState:
        # Before the view is read: what becomes visible meanwhile makes another moment.
        position, now = self.tail.position, self._now()
        live = await asyncio.to_thread(self.tail.view.read, now)
        names = await self._names.of(titles_in(live))
        body = named(live, names).model_dump_json(by_alias=True).encode()
        return LiveState((position, minute_of(now), self._names.stamp), body, monotonic())


def titles_in(live: Live) -> list[str]:
    """The ids of the titles that are told of, each once."""
    ids = [title.title_id for title in live.top_titles]
    ids += [event.title_id for event in live.newest if event.title_id is not None]
    return list(dict.fromkeys(ids))


def named(live: Live, names: Mapping[str, str | None]) -> Live:
    """The same with the names of its titles, as far as they are known."""
    titles = tuple(
        title.model_copy(update={"title": names.get(title.title_id)}) for title in live.top_titles
    )
    newest = tuple(
        event.model_copy(update={"title": names.get(event.title_id or "")}) for event in live.newest
    )
    return live.model_copy(update={"top_titles": titles, "newest": newest})
