"""The live view as it is sent: one JSON text a moment, made once for everybody who asks or listens.

What is sent is the state, never a queue of changes: a slow listener simply gets the newest. It
neither fails nor waits for want of the names of titles.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from netflix_pipeline.errors import panics_raised
from netflix_pipeline.receiving import Follower
from netflix_pipeline.receiving.rolling_window import minute_of
from netflix_pipeline.serving import Snapshots, title_names

log = logging.getLogger(__name__)

KEPT = 1_000
"""Names that are kept at most: of what is watched now, others come and go."""
PATIENCE = 0.1
"""Seconds that a look-up may keep somebody waiting; after it, names come with the next state."""


class TitleNames:
    """The names of titles that were asked for, from the newest snapshot.

    Looked up off the event loop, one look-up at a time. `stamp` grows with each that found names.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self.stamp = 0
        self._snapshots = snapshots
        self._names: dict[str, str | None] = {}
        # By title, the version of the snapshot in which it was looked up.
        self._versions: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self._failed = False

    async def of(self, title_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The names that are known now; none before anything is published."""
        held = self._snapshots.held
        if held is not None:
            version = held.info.version
            unknown = [title for title in title_ids if self._versions.get(title) != version]
            if unknown and (self._looking is None or self._looking.done()):
                self._looking = asyncio.create_task(self._look_up(version, unknown))
                await asyncio.wait((self._looking,), timeout=PATIENCE)
        return self._names

    async def _look_up(self, version: int, title_ids: Sequence[str]) -> None:
        try:
            with panics_raised():
                names = await asyncio.to_thread(
                    lambda: title_names(self._snapshots.current(), title_ids)
                )
        except Exception:
            if not self._failed:
                log.exception("names of titles cannot be looked up")
            self._failed = True
            return
        self._failed = False
        if len(self._names) + len(names) > KEPT:
            self._names, self._versions = {}, {}
        self._names |= names
        self._versions |= dict.fromkeys(title_ids, version)
        self.stamp += 1


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
