import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from typing_extensions import override

from api.delivery.live_feed import Feed, FeedIntervals, LiveState, TitleNames
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.receiving.rolling_window import RollingWindow
from netflix_pipeline.serving import Snapshots
from netflix_pipeline_tests.support.followed import Followed

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
QUICK = FeedIntervals(look=0.005, send=0.02, heartbeat=3600)


class CountedView(RollingWindow):
    """A view that knows how often it was read."""

    reads = 0

    @override
    def read(self, now: datetime) -> Live:
        self.reads += 1
        return super().read(now)


class Names(TitleNames):
    """Names that are told."""

    def __init__(self) -> None:
        super().__init__(Snapshots(Path("nowhere")))
        self.known: dict[str, str | None] = {}

    @override
    async def of(self, title_ids: Sequence[str]) -> dict[str, str | None]:
        return {title: name for title, name in self.known.items() if title in title_ids}


class Following(Followed):
    """A follower, names and a clock that are told what to say."""

    def __init__(self) -> None:
        super().__init__()
        self.view: CountedView = CountedView()
        self.now = NOON
        self.names = Names()

    @override
    def watch(self, now: datetime | None = None) -> None:
        super().watch(self.now)

    def feed(self, pace: FeedIntervals = QUICK) -> Feed:
        return Feed(self, self.names, pace, lambda: self.now)


async def soon(moments: AsyncIterator[LiveState | None]) -> LiveState | None:
    return await asyncio.wait_for(anext(moments), 30)


async def silent(
    feed: Feed, following: Following, moments: AsyncIterator[LiveState | None]
) -> bool:
    """Whether nothing comes until something more is seen."""
    waiting = asyncio.ensure_future(anext(moments))
    await asyncio.sleep(QUICK.look * 20)
    came = waiting.done()
    following.watch()
    moment = await asyncio.wait_for(waiting, 30)
    assert moment is not None
    return not came and moment.position == following.position


def watched(moment: LiveState | None) -> int:
    assert moment is not None
    assert b"\n" not in moment.body
    return int(json.loads(moment.body)["totals"]["events"]["watch"])


def test_a_moment_is_made_once_for_all_who_ask() -> None:
    async def ask() -> None:
        following = Following()
        feed = following.feed()
        following.watch()
        first = await asyncio.gather(*(feed.current() for _ in range(20)))
        assert following.view.reads == 1
        assert {watched(moment) for moment in first} == {1}
        following.watch()
        assert watched(await feed.current()) == 2
        following.now += timedelta(minutes=1)
        assert (await feed.current()).position == "log-2"
        assert following.view.reads == 3

    asyncio.run(ask())


def test_names_are_told_where_they_are_known() -> None:
    async def ask() -> None:
        following = Following()
        feed = following.feed()
        following.watch()
        (title,) = json.loads((await feed.current()).body)["top_titles"]
        assert (title["title_id"], title["title"]) == ("t-dark", None)
        following.names.known, following.names.stamp = {"t-dark": "Dark"}, 1
        (title,) = json.loads((await feed.current()).body)["top_titles"]
        assert title["title"] == "Dark"

    asyncio.run(ask())


def test_a_listener_gets_the_state_at_once_then_what_is_new_and_each_minute() -> None:
    async def listen() -> None:
        following = Following()
        feed = following.feed()
        moments = feed.moments()
        assert watched(await soon(moments)) == 0
        assert await silent(feed, following, moments)
        following.now += timedelta(minutes=1)
        moment = await soon(moments)
        assert watched(moment) == 1
        assert json.loads(moment.body if moment else b"")["as_of"] == "2026-03-07T12:01:00Z"

    asyncio.run(listen())


def test_a_listener_who_has_the_state_gets_it_when_it_changes() -> None:
    async def listen() -> None:
        following = Following()
        feed = following.feed()
        following.watch()
        await feed.current()
        assert await silent(feed, following, feed.moments("log-1"))
        assert watched(await soon(feed.moments("log-1"))) == 2
        following.watch()
        assert watched(await soon(feed.moments("log-1"))) == 3

    asyncio.run(listen())


def test_a_listener_gets_no_more_states_than_the_pace_allows_and_the_newest_at_last() -> None:
    async def listen() -> None:
        following = Following()
        feed = following.feed(FeedIntervals(look=0.001, send=0.05, heartbeat=3600))
        times: list[float] = []

        async def hear() -> None:
            async for moment in feed.moments():
                times.append(monotonic())
                if watched(moment) == 200:
                    return

        async def ask() -> None:
            for _ in range(200):
                following.watch()
                await feed.current()
                await asyncio.sleep(0.001)

        await asyncio.wait_for(asyncio.gather(hear(), hear(), ask()), 60)
        # Two listeners: every other time is of the same one, none sooner than the pace.
        assert len(times) <= 2 * (2 + (times[-1] - times[0]) / 0.05)

    asyncio.run(listen())


def test_a_slow_listener_gets_the_newest_state_and_nothing_is_kept_for_it() -> None:
    async def listen() -> None:
        following = Following()
        feed = following.feed()
        moments = feed.moments()
        await soon(moments)
        for _ in range(100):
            following.watch()
        assert watched(await soon(moments)) == 100
        assert following.view.reads == 2

    asyncio.run(listen())


def test_silence_is_broken_by_signs_of_life() -> None:
    async def listen() -> None:
        moments = Following().feed(FeedIntervals(look=0.005, send=0.02, heartbeat=0.05)).moments()
        assert watched(await soon(moments)) == 0
        assert await soon(moments) is None
        assert await soon(moments) is None

    asyncio.run(listen())


def test_no_state_is_sent_while_the_last_hour_is_read_again() -> None:
    async def listen() -> None:
        following = Following()
        moments = following.feed(FeedIntervals(look=0.005, send=0.02, heartbeat=0.05)).moments()
        await soon(moments)
        following.caught_up = False
        following.watch()
        assert await soon(moments) is None
        following.caught_up = True
        assert watched(await soon(moments)) == 1

    asyncio.run(listen())
