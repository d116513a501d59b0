"""People who are asked for at the same time, on a snapshot that is really read."""

import asyncio
import json
from pathlib import Path

import pytest

from api.delivery import batch_loader
from api.delivery.batch_loader import Answered, BatchLoader
from api.delivery.query_executor import QueryExecutor, TooManyQuestions
from api.delivery.request_key import JSON, QuestionRequest
from netflix_pipeline.serving import Answer, NotFound, Snapshot, Source
from netflix_pipeline.serving.questions.user import User, UserQuestion, users
from netflix_pipeline_tests.support.three_days import three_days_published

KNOWN = ("ann", "bob", "cid")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    settings = three_days_published(tmp_path).settings
    return Snapshot(settings.serving / "snapshot-000001.duckdb")


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many people each look-up was for."""
    found: list[int] = []

    def counted(snapshot: Snapshot, user_ids: list[str]) -> dict[str, Answer[User] | NotFound]:
        found.append(len(user_ids))
        return users(snapshot, user_ids)

    monkeypatch.setattr(batch_loader, "users", counted)
    return found


def asks(user_id: str) -> QuestionRequest[User]:
    return QuestionRequest(f"/users/{user_id}", (), JSON, UserQuestion(user_id))


async def ask(people: BatchLoader, user_id: str) -> Answered:
    return await people.user(user_id, asks(user_id))


def test_together_they_get_what_each_would_get_alone(source: Source, sizes: list[int]) -> None:
    async def all_at_once() -> list[Answered | BaseException]:
        people = BatchLoader(source, QueryExecutor(4, 1000, 60))
        asked = [*KNOWN, "nobody"] * 20
        return await asyncio.gather(*(ask(people, one) for one in asked), return_exceptions=True)

    answers = asyncio.run(all_at_once())
    # The first do not wait for others; all who come meanwhile share the next.
    assert len(sizes) <= 3
    alone = {name: asks(name).answered(source) for name in KNOWN}
    for number, told in enumerate(answers):
        if number % 4 == 3:
            assert isinstance(told, NotFound)
            assert "'nobody'" in str(told)
        else:
            assert told == alone[KNOWN[number % 4]]
    assert json.loads(alone["ann"][1].content)["data"]["user_id"] == "ann"


def test_alone_nobody_waits(source: Source, sizes: list[int]) -> None:
    async def one_by_one() -> None:
        people = BatchLoader(source, QueryExecutor(4, 1000, 60))
        for name in KNOWN:
            await ask(people, name)

    asyncio.run(one_by_one())
    assert sizes == [1, 1, 1]


def test_who_leaves_takes_nobody_along(source: Source) -> None:
    async def some_leave() -> list[Answered]:
        people = BatchLoader(source, QueryExecutor(4, 1000, 60))
        tasks = [asyncio.create_task(ask(people, name)) for name in KNOWN * 5]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        return await asyncio.gather(*tasks[1::2])

    told = asyncio.run(some_leave())
    assert [json.loads(body.content)["data"]["user_id"] for _, body in told] == [*(KNOWN * 5)[1::2]]


def test_what_hinders_a_look_up_is_told_to_all_whom_it_was_for(source: Source) -> None:
    async def nobody_is_let_in() -> list[Answered | BaseException]:
        people = BatchLoader(source, QueryExecutor(1, -1, 60))
        return await asyncio.gather(*(ask(people, name) for name in KNOWN), return_exceptions=True)

    assert all(isinstance(told, TooManyQuestions) for told in asyncio.run(nobody_is_let_in()))
