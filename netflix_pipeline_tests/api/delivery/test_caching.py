"""Answers that are kept, in each coding, until a new snapshot comes."""

import asyncio
import gzip
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.delivery.request_key import Body, QuestionRequest
from api.delivery.response_cache import AnswerCache, CachedResponse
from api.delivery.shared_cache import SharedCache
from netflix_pipeline.serving import SnapshotInfo, publish_home
from netflix_pipeline.serving.questions.quality import ChecksQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import running
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days_published
from netflix_pipeline_tests.support.world import Watched, World


@pytest.fixture
def world(home: Settings) -> World:
    return three_days_published(home.root).world


@pytest.fixture
def app(home: Settings, world: World) -> FastAPI:
    return create_app(home)


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were answered by a query since the test began."""
    asked: list[str] = []
    body = QuestionRequest.body

    def counted(self: QuestionRequest[Any], told: Any) -> tuple[int, Body]:
        asked.append(self.key)
        return body(self, told)

    monkeypatch.setattr(QuestionRequest, "body", counted)
    return asked


def test_the_same_question_is_answered_once_however_it_is_written(
    app: FastAPI, queries: list[str]
) -> None:
    async def ask() -> list[httpx.Response]:
        async with running(app) as client:
            return [
                await client.get(path)
                for path in (
                    "/analytics?from=2026-03-02&to=2026-03-06",
                    "/analytics?to=2026-03-06&from=2026-03-02",
                    "/analytics?to=2026-03-06&from=2026%2D03-02",
                    "/analytics?from=2026-03-02&to=2026-03-06",
                )
            ]

    answers = asyncio.run(ask())
    assert len({(answer.text, answer.headers["etag"]) for answer in answers}) == 1
    assert len(queries) == 1


def test_the_values_of_a_filter_are_a_set(app: FastAPI, queries: list[str]) -> None:
    async def ask() -> list[httpx.Response]:
        async with running(app) as client:
            return [
                await client.get(f"/analytics?{query}")
                for query in (
                    "country=DE&country=FR&not_device=smart_tv",
                    "country=FR&not_device=smart_tv&country=DE",
                    "not_device=smart_tv&country=FR&country=DE&country=FR",
                )
            ]

    answers = asyncio.run(ask())
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({(answer.text, answer.headers["etag"]) for answer in answers}) == 1
    assert answers[0].json()["filters"] == {"country": ["DE", "FR"], "not_device": "smart_tv"}
    assert len(queries) == 1


def test_a_kept_answer_carries_the_same_headers_as_the_first(app: FastAPI) -> None:
    async def ask() -> list[httpx.Response]:
        async with running(app) as client:
            return [await client.get("/titles?limit=1&format=csv") for _ in range(2)]

    first, again = (
        {name: value for name, value in answer.headers.items() if name != "x-request-id"}
        for answer in asyncio.run(ask())
    )
    assert first == again
    assert {"link", "content-disposition", "etag", "cache-control", "vary"} <= set(again)
    assert again["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "coding"),
    [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0", None),
        ("identity", None),
        ("deflate", None),
        ("*", "br"),
    ],
)
def test_answers_are_compressed_as_the_asker_likes(
    app: FastAPI, asked: str, coding: str | None
) -> None:
    async def ask() -> list[tuple[httpx.Response, bytes]]:
        told = []
        async with running(app) as client:
            plain = await client.get("/titles")
            told.append((plain, plain.content))
            for _ in range(2):  # computed, then kept
                request = client.stream("GET", "/titles", headers={"Accept-Encoding": asked})
                async with request as response:
                    told.append((response, b"".join([part async for part in response.aiter_raw()])))
        return told

    (plain, content), *compressed = asyncio.run(ask())
    for response, raw in compressed:
        assert response.headers.get("content-encoding") == coding
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding or "", bytes)
        assert unpack(raw) == content
        assert int(response.headers["content-length"]) == len(raw)
        assert "Accept-Encoding" in response.headers["vary"]
        assert (response.headers["etag"] == plain.headers["etag"]) == (coding is None)


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_each_coding_has_a_tag_and_any_of_them_saves_the_answer(app: FastAPI, coding: str) -> None:
    async def ask() -> None:
        async with running(app) as client:
            headers = {"Accept-Encoding": coding}
            tag = (await client.get("/titles", headers=headers)).headers["etag"]
            for asked in ({"Accept-Encoding": coding}, {}, {"Accept-Encoding": "gzip"}):
                told = await client.get("/titles", headers={**asked, "If-None-Match": tag})
                assert (told.status_code, told.content, told.headers["etag"]) == (304, b"", tag)
                assert told.headers["vary"]
            other = await client.get("/titles", headers={**headers, "If-None-Match": '"1-0"'})
            assert other.status_code == 200

    asyncio.run(ask())


def test_persons_are_told_of_by_their_route_each_time(app: FastAPI, queries: list[str]) -> None:
    async def ask() -> None:
        async with running(app) as client:
            for _ in range(3):
                assert (await client.get("/users/ann")).status_code == 200
        assert not app.state.answers._aliases.items()

    asyncio.run(ask())
    assert len(queries) == 1


def test_what_is_asked_often_is_answered_before_a_new_snapshot_is_used(
    app: FastAPI, home: Settings, world: World, queries: list[str]
) -> None:
    async def ask() -> None:
        async with running(app) as client:
            for path in ("/analytics", "/titles?sort=viewers", "/titles?sort=viewers"):
                await client.get(path)
            queries.clear()
            world.watch(TUESDAY, [Watched("eve", "t-zoo", 7)])
            await asyncio.to_thread(publish_home, home)
            while app.state.snapshots.held.info.version == 1:  # noqa: ASYNC110 - it follows itself
                await asyncio.sleep(0.02)
            await asyncio.sleep(0)
            warmed = list(queries)
            assert warmed
            for path in ("/analytics", "/titles?sort=viewers"):
                answer = await client.get(path)
                assert answer.json()["snapshot"]["version"] == 2
            assert queries == warmed

    asyncio.run(ask())


def kept(path: str, size: int = 100) -> CachedResponse:
    body = Body(b"x" * size, "application/json", path, {})
    return CachedResponse(body, QuestionRequest(path, (), "application/json", ChecksQuestion()))


def test_answers_take_no_more_room_than_they_may() -> None:
    most = 5 * kept("/0").size
    answers = AnswerCache(most)
    for number in range(50):
        answers.put(1, kept(f"/{number}"))
        answers.get(1, kept("/0").question.key)
        assert answers.size <= most
    assert answers.get(1, kept("/0").question.key)  # asked again and again
    assert answers.get(1, kept("/49").question.key)
    assert not answers.get(1, kept("/1").question.key)
    answers.put(2, kept("/new"))
    answers.drop_before(2)
    assert answers.size == kept("/new").size
    assert not answers.get(1, kept("/0").question.key)
    answers.put(2, kept("/huge", most))  # would leave no room for any other
    assert answers.size == kept("/new").size


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


def test_replicas_share_answers_through_redis(
    home: Settings, world: World, redis: RedisServer, queries: list[str]
) -> None:
    shared = home.model_copy(update={"cache": redis.url})

    async def ask(path: str) -> httpx.Response:
        async with running(create_app(shared)) as client:
            return await client.get(path)

    first, again = (asyncio.run(ask("/titles?format=csv")) for _ in range(2))
    assert (first.text, first.headers["etag"]) == (again.text, again.headers["etag"])
    assert again.headers["content-disposition"]
    assert len(queries) == 1
    # What is about one person stays in its process.
    for _ in range(2):
        assert asyncio.run(ask("/users/ann")).status_code == 200
    assert len(queries) == 3
    # Equal numbers of another snapshot are another answer.
    publish_home(home, full=True)
    assert asyncio.run(ask("/titles?format=csv")).headers["etag"] != first.headers["etag"]


def test_a_redis_that_is_away_fails_no_answer(
    home: Settings, world: World, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(home.model_copy(update={"cache": redis.url}))

    async def ask() -> None:
        async with running(app) as client:
            assert (await client.get("/analytics")).status_code == 200
            await asyncio.to_thread(redis.stop)
            for limit in range(1, 20):
                assert (await client.get(f"/titles?limit={limit}")).status_code == 200
            assert app.state.shared.problem

    with caplog.at_level(logging.WARNING, "api.delivery.shared_cache"):
        asyncio.run(ask())
    assert len(caplog.records) == 1


def test_what_is_no_answer_in_redis_is_passed_over(redis: RedisServer) -> None:
    async def ask() -> None:
        shared = SharedCache(redis.url)
        body = Body(b"{}", "application/json", "1-a", {"Link": "<x>"})
        await shared.put(body)
        assert await shared.get("1-a") == body
        await shared._redis.set("netflix:answer:1-b", b"\xffnonsense")
        assert await shared.get("1-b") is None
        assert shared.problem is None
        await shared.aclose()

    asyncio.run(ask())


def test_tags_tell_snapshots_and_questions_apart() -> None:
    info: dict[str, Any] = {"data_from": date(2026, 1, 1), "data_to": None, "as_of": None}
    one = SnapshotInfo(version=1, built_at=datetime(2026, 1, 1, tzinfo=UTC), **info)
    rebuilt = SnapshotInfo(version=1, built_at=datetime(2026, 1, 2, tzinfo=UTC), **info)
    tags = {
        kept(path).question.tag(snapshot) for path in ("/a", "/b") for snapshot in (one, rebuilt)
    }
    assert len(tags) == 4
