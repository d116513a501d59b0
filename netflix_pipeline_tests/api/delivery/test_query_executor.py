"""Deadlines, leaving clients and many askers, on queries that really run."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.delivery.query_executor import QueryExecutor, TooManyQuestions, TooSlowQuery
from api.delivery.single_flight import SingleFlight
from netflix_pipeline.serving import CancellableQuery, Snapshot, Stopped
from netflix_pipeline_tests.support.three_days import three_days_published

MANY = "range(10_000_000)"
ENDLESS = f"SELECT count(*) AS n FROM {MANY} a, {MANY} b WHERE a.range * b.range % 7 = 8"


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    settings = three_days_published(tmp_path).settings
    return Snapshot(settings.serving / "snapshot-000001.duckdb")


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def in_threads(
    snapshot: Snapshot, begun: threading.Event, ended: threading.Event
) -> Callable[[], int]:
    """Work that goes on for ever, unless it is stopped."""

    def work() -> int:
        begun.set()
        try:
            return int(snapshot.rows(ENDLESS)[0]["n"])
        finally:
            ended.set()

    return work


def test_a_query_is_stopped_at_its_deadline_and_its_thread_goes_on(snapshot: Snapshot) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def ask() -> object:
        threads = QueryExecutor(1, 10, 0.2)
        with pytest.raises(TooSlowQuery, match="fewer days"):
            await threads.run(in_threads(snapshot, begun, ended))
        # The one thread there is has let go of it.
        return await threads.run(lambda: snapshot.row("SELECT 1 AS one"))

    assert asyncio.run(ask()) == {"one": 1}
    assert ended.is_set()


def test_what_waits_longer_than_it_may_is_told_so(snapshot: Snapshot) -> None:
    begun, ended = threading.Event(), threading.Event()
    gate = threading.Event()

    async def ask() -> None:
        threads = QueryExecutor(1, 10, 0.2)
        waiting = asyncio.create_task(threads.run(gate.wait))
        await asyncio.sleep(0)
        with pytest.raises(TooManyQuestions, match="waited"):
            await threads.run(in_threads(snapshot, begun, ended))
        gate.set()
        with pytest.raises(TooSlowQuery):
            await waiting
        await threads.run(gate.wait)

    asyncio.run(ask())
    # It was stopped before its first query, so it ended at once.
    assert begun.is_set() == ended.is_set()


def test_no_more_wait_than_may() -> None:
    gate = threading.Event()

    async def ask() -> list[bool]:
        threads = QueryExecutor(1, 2, 60)
        asked = [asyncio.create_task(threads.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyQuestions, match="as many questions wait"):
            await threads.run(gate.wait)
        gate.set()
        answered = await asyncio.gather(*asked)
        await threads.run(gate.wait)
        return answered

    assert asyncio.run(ask()) == [True] * 3


def test_many_who_ask_the_same_get_one_computation() -> None:
    computed = 0
    gate = asyncio.Event()

    async def compute() -> str:
        nonlocal computed
        computed += 1
        await gate.wait()
        return "answer"

    async def ask() -> list[str]:
        flights = SingleFlight[str]()
        asked = [asyncio.create_task(flights.join("q", compute, never)) for _ in range(64)]
        other = asyncio.create_task(flights.join("other", compute, never))
        await asyncio.sleep(0.1)
        gate.set()
        await other
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == ["answer"] * 64
    assert computed == 2


def test_a_query_goes_on_while_one_waits_and_stops_when_all_have_left(snapshot: Snapshot) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def ask() -> None:
        threads = QueryExecutor(1, 10, 60)
        flights = SingleFlight[int]()
        leave = [asyncio.Event(), asyncio.Event()]

        def receiving(left: asyncio.Event) -> Callable[[], object]:
            async def receive() -> Message:
                await left.wait()
                return {"type": "http.disconnect"}

            return receive

        asked = [
            asyncio.create_task(
                flights.join(
                    "q",
                    lambda: threads.run(in_threads(snapshot, begun, ended)),
                    receiving(left),  # type: ignore[arg-type]
                )
            )
            for left in leave
        ]
        await asyncio.to_thread(begun.wait)
        leave[0].set()
        with pytest.raises(ClientDisconnect):
            await asked[0]
        assert not ended.is_set()
        leave[1].set()
        with pytest.raises(ClientDisconnect):
            await asked[1]
        await asyncio.to_thread(ended.wait)
        # Whoever asks now is answered, not told that it was stopped.
        assert await flights.join("q", lambda: threads.run(lambda: 5), never) == 5

    asyncio.run(ask())


def test_a_question_that_was_stopped_begins_no_other_query(snapshot: Snapshot) -> None:
    asking = CancellableQuery()
    assert asking.answer(lambda: snapshot.row("SELECT 1 AS one")) == {"one": 1}
    asking.stop()
    with pytest.raises(Stopped):
        asking.answer(lambda: snapshot.row("SELECT 1 AS one"))
    # Others on the same snapshot are not concerned.
    assert snapshot.row("SELECT 1 AS one") == {"one": 1}
