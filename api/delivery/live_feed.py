"""The live view as it is sent: one JSON text a moment, made once for everybody who asks or listens.

What is sent is the state, never a queue of changes: a slow listener simply gets the newest.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from api.title_names import TitleNames
from netflix_pipeline.receiving import Follower
from netflix_pipeline.receiving.rolling_window import minute_of

Key = tuple[str, int, int]
"""What a moment depends on: position, minute, and how much is known of names."""


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
    """The states of what is followed, with the names of titles. Belongs to one event loop."""

    def __init__(
        self,
        follower: Follower,
        names: TitleNames,
        pace: FeedIntervals = FeedIntervals(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.follower = follower
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
        had = self._key() if seen == self.follower.position else None
        sent: float | None = None
        spoken = monotonic()
        while True:
            due = sent is None or monotonic() - sent >= self._pace.send
            if due and self.follower.caught_up and self._key() != had:
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
        return self.follower.position, minute_of(self._now()), self._names.stamp

    async def _make(self) -> LiveState:
        # Before the view is read: what becomes visible meanwhile makes another moment.
        position, now = self.follower.position, self._now()
        live = await asyncio.to_thread(self.follower.view.read, now)
        names = await self._names.of(live.title_ids())
        body = live.named(names).model_dump_json(by_alias=True).encode()
        return LiveState((position, minute_of(now), self._names.stamp), body, monotonic())
