"""What the API needs is locked, restarted or gone: it says so, goes on, and recovers by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from api.app import create_app
from api.security import erased_persons
from netflix_pipeline import background
from netflix_pipeline.access import key_audit
from netflix_pipeline.eventlog import redis_durability as redis_log
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import database, open_erasures, open_state, polling_cache
from netflix_pipeline.state.audit import Audit
from netflix_pipeline.state.keys import Keys
from netflix_pipeline_tests.support.api import assert_problem, numbers, running
from netflix_pipeline_tests.support.locks import locked
from netflix_pipeline_tests.support.postgres_server import PostgresServer
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.three_days import three_days_published

SCOPES = {"analytics:read", "users:read", "users:erase", "events:write", "ops:read"}
EVENT = {
    "type": "watch",
    "event_id": "e-1",
    "user_id": "u-1",
    "title_id": "t-1",
    "event_time": "2026-03-06T20:15:00Z",
}


@pytest.fixture
def published(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that asks for keys, and a minute that is some seconds long."""
    monkeypatch.setattr(background, "LONGEST", 0.2)
    monkeypatch.setattr(database, "PATIENCE", 1.0)
    monkeypatch.setattr(erased_persons, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(erased_persons, "GRACE", 2.0)
    monkeypatch.setattr(polling_cache, "GRACE", 2.0)
    monkeypatch.setattr(polling_cache, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(key_audit, "EVERY", 0.05)
    three_days_published(home.root)
    return home.model_copy(update={"auth": "required"})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """The API of a home, asked with a key that may do everything."""
    engine = open_state(settings)
    _, key = Keys(engine).create("all", SCOPES)
    engine.dispose()
    with open_erasures(settings) as erasures:
        erasures.mark(["bob"])
    app = create_app(settings)
    async with running(app) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client, app


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(600):
        if await true():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it does not come to pass")


async def ready(client: httpx.AsyncClient, app: Any) -> httpx.Response:
    app.state.readiness._looked = float("-inf")
    return await client.get("/ready")


async def checks(client: httpx.AsyncClient, app: Any) -> dict[str, str]:
    """By name, what failed or is warned of."""
    response = await ready(client, app)
    told = response.json()
    if response.status_code == 503:
        assert_problem(response, 503, "not-ready")
        return {error["field"]: "failed" for error in told["errors"]}
    return {one["name"]: one["status"] for one in told["checks"] if one["status"] != "passed"}


async def away_and_back(
    settings: Settings, away: Callable[[], Any], back: Callable[[], Any]
) -> None:
    """The state database goes, for longer than is forgiven, and comes back."""
    async with serving(settings) as (client, app):
        assert (await client.delete("/users/ann")).status_code == 202
        await until(lambda: _well(client, app))
        await asyncio.to_thread(away)
        for method, path in (
            ("DELETE", "/users/dee"),
            ("GET", "/users/ann/erasure"),
            ("GET", "/users/dee/export"),
        ):
            refused = await client.request(method, path)
            kinds = ("try-again", "keys-unavailable")
            assert refused.json()["type"].removeprefix("/problems/") in kinds, refused.text
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
        await until(lambda: _failed(client, app, {"background/erased", "background/keys"}))
        assert_problem(await client.get("/titles"), 503, "keys-unavailable")
        assert (await client.get("/health")).status_code == 200
        await asyncio.to_thread(back)
        await until(lambda: _well(client, app))
        # What was asked for before is known, and what could not be done can be.
        assert_problem(await client.get("/users/bob"), 410, "erased")
        assert (await client.get("/users/ann/erasure")).json()["state"] == "pending"
        assert (await client.delete("/users/dee")).status_code == 202
        told = numbers((await client.get("/metrics")).text)
        for task in ("erased", "keys", "audit"):
            assert told[f"netflix_background_up|{task}"] == 1
        assert told["netflix_background_restarts_total|erased"] >= 1
    engine = open_state(settings)
    actions = [entry.action for entry in Audit(engine).entries(100)]
    engine.dispose()
    assert actions.count("erase") == 2  # each once, however often it was tried


async def _failed(client: httpx.AsyncClient, app: Any, names: set[str]) -> bool:
    found = await checks(client, app)
    return names <= {name for name, status in found.items() if status == "failed"}


async def _well(client: httpx.AsyncClient, app: Any) -> bool:
    return await checks(client, app) == {}


def test_a_locked_state_database(published: Settings) -> None:
    lock = locked(published)
    asyncio.run(away_and_back(published, lock.__enter__, lambda: lock.__exit__(None, None, None)))


@pytest.fixture
def in_postgres(published: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """The home, with what must stay on a server."""
    postgres.empty()
    yield published.model_copy(update={"state_database": postgres.url})
    postgres.revive()


def test_postgresql_is_restarted(in_postgres: Settings, postgres: PostgresServer) -> None:
    asyncio.run(away_and_back(in_postgres, postgres.stop, postgres.start))


def test_postgresql_hangs(
    in_postgres: Settings, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erased_persons, "PATIENCE", 0.5)
    monkeypatch.setattr(polling_cache, "TOLD_AFTER", 0.5)
    asyncio.run(away_and_back(in_postgres, postgres.freeze, lambda: postgres.freeze(frozen=False)))


def test_a_database_that_hangs_keeps_nobody_from_sending_events(
    in_postgres: Settings, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erased_persons, "PATIENCE", 1.0)

    async def ask() -> None:
        async with serving(in_postgres) as (client, _):
            assert (await client.post("/events", json=EVENT)).status_code == 200
            postgres.freeze()
            try:
                erasing = [
                    asyncio.create_task(client.delete(f"/users/u-{number}")) for number in range(40)
                ]
                await asyncio.sleep(0)
                sent = await client.post("/events", json=[{**EVENT, "event_id": "e-2", "x": 1}])
                assert sent.status_code == 200
                for answer in await asyncio.gather(*erasing):
                    assert answer.status_code == 503, answer.text
            finally:
                postgres.freeze(frozen=False)

    asyncio.run(ask())


def test_the_key_of_erasures_is_missing(published: Settings, tmp_path: Path) -> None:
    async def ask() -> None:
        async with serving(published) as (client, app):
            key = published.state / "erasures.key"
            key.rename(tmp_path / "elsewhere")
            refused = assert_problem(await client.delete("/users/dee"), 503, "damaged-file")
            assert "erasures.key" in refused["detail"]
            await until(lambda: _failed(client, app, {"background/erased"}))
            (tmp_path / "elsewhere").rename(key)
            await until(lambda: _well(client, app))
            assert (await client.delete("/users/dee")).status_code == 202

    asyncio.run(ask())


async def _sent(client: httpx.AsyncClient, number: int) -> httpx.Response:
    return await client.post("/events", json={**EVENT, "event_id": f"e-{number}"})


def test_a_redis_that_may_evict_and_one_that_is_gone_take_no_events_until_they_are_back(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_log, "LOOK_EVERY", 0.05)

    async def ask(server: RedisServer, settings: Settings) -> None:
        number = iter(range(1000))

        async def works() -> bool:
            return (await _sent(client, next(number))).status_code == 200

        async with serving(settings) as (client, app):
            assert await works()
            with Redis.from_url(server.url) as redis:
                redis.config_set("maxmemory-policy", "allkeys-lru")
                # Noticed while nobody sends anything.
                await until(lambda: _failed(client, app, {"background/event-log-settings"}))
                assert_problem(await _sent(client, 2000), 503, "log-unavailable")
                redis.config_set("maxmemory-policy", "noeviction")
                await until(works)
                await until(lambda: _well(client, app))
                redis.config_set("maxmemory", "1")
                full = assert_problem(await _sent(client, 2001), 503, "storage-full")
                assert "memory" in full["detail"]
                await until(lambda: _failed(client, app, {"event_log"}))
                redis.config_set("maxmemory", "0")
                await until(works)
            await asyncio.to_thread(server.kill)
            gone = await _sent(client, 2002)
            assert_problem(gone, 503, "log-unavailable")
            assert int(gone.headers["retry-after"]) > 0
            await until(lambda: _failed(client, app, {"event_log"}))
            assert (await client.get("/titles")).status_code == 200
            await until(lambda: _down(client, "tail"))
            await asyncio.to_thread(server.start)
            await until(works)
            await until(lambda: _well(client, app))
            stored = (await client.get("/live")).json()["totals"]["events"]["watch"]
            assert stored >= 4

    with redis_server(tmp_path) as server:
        asyncio.run(ask(server, published.model_copy(update={"event_log": server.url})))


async def _down(client: httpx.AsyncClient, task: str) -> bool:
    told = numbers((await client.get("/metrics")).text)
    return told[f"netflix_background_up|{task}"] == 0
