"""What the dashboard needs is locked or gone: pages stay, and `/ready` and `/metrics` tell."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from dash_app import annotations as annotations_room
from dash_app.app import create_app
from netflix_pipeline import background
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.serving import publish_home
from netflix_pipeline.serving.snapshot import replica
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import database, open_erasures
from netflix_pipeline_tests.support.locks import locked
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.redis_server import redis_server
from netflix_pipeline_tests.support.three_days import three_days_published


@pytest.fixture
def settings(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(background, "LONGEST", 0.2)
    monkeypatch.setattr(database, "PATIENCE", 0.3)
    monkeypatch.setattr(annotations_room, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(annotations_room, "GRACE", 1.0)
    three_days_published(home.root)
    with open_erasures(home) as erasures:
        erasures.mark(["u-1"])
    return home


def within(settings: Settings, ask: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://localhost"
            ) as client,
        ):
            await ask(client)

    asyncio.run(run())


async def ready(client: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    """The status, and by name what failed or is warned of."""
    answer = await client.get("/ready")
    checks = answer.json()["checks"]
    return answer.status_code, {
        one["name"]: one["status"] for one in checks if one["status"] != "passed"
    }


async def until(client: httpx.AsyncClient, status: int, found: dict[str, str]) -> None:
    for _ in range(600):
        if await ready(client) == (status, found):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"it does not come to {found}: {await ready(client)}")


def test_a_locked_state_database_is_told_and_over(settings: Settings) -> None:
    open_log(settings).close()

    async def ask(client: httpx.AsyncClient) -> None:
        await until(client, 200, {})
        with locked(settings):
            await until(client, 503, {"background/notebook": "failed"})
            assert (await client.get("/")).status_code == 200
            text = (await client.get("/metrics")).text
            assert 'netflix_background_up{task="notebook"} 0.0' in text
            assert "netflix_dashboard_process_resident_memory_bytes" in text
            form = {"day": "2026-03-04", "text": "a word", "kind": "note", "back": "/"}
            assert (await client.post("/annotations", data=form)).status_code in (404, 503)
        await until(client, 200, {})

    within(settings, ask)


def test_redis_is_gone_and_back(settings: Settings, tmp_path: Path) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        for _ in range(600):
            if 'task="event-log-settings"' in (await client.get("/metrics")).text:
                break
            await asyncio.sleep(0.05)  # the log is opened beside
        await until(client, 200, {})
        await asyncio.to_thread(server.kill)
        await until(
            client,
            503,
            {"background/event-log-settings": "failed", "background/tail": "warning"},
        )
        assert (await client.get("/")).status_code == 200
        await asyncio.to_thread(server.start)
        await until(client, 200, {})

    with redis_server(tmp_path) as server:
        within(settings.model_copy(update={"event_log": server.url}), ask)


def test_a_served_dashboard_runs_its_background_tasks(settings: Settings, start: Start) -> None:
    log = open_log(settings)
    server = ("-m", "granian", "--interface", "asgi", "--factory", "--port", "{port}")
    address = start([*server, "dash_app.app:create_app"])
    told = httpx.get(f"{address}/ready", timeout=30, trust_env=False).json()
    (found,) = [check for check in told["checks"] if check["name"] == "background"]
    assert found["status"] == "passed"
    assert int(found["detail"].split()[0]) >= 3
    metrics = httpx.get(f"{address}/metrics", timeout=30, trust_env=False).text
    for task in ("notebook", "snapshots", "tail"):
        assert f'netflix_background_up{{task="{task}"}} 1.0' in metrics
    log.close()


def test_without_its_background_tasks_it_is_not_ready(settings: Settings) -> None:
    async def ask() -> None:
        transport = httpx.ASGITransport(create_app(settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert (await ready(client))[0] == 503

    asyncio.run(ask())


def test_without_a_snapshot_it_is_ready_and_says_so(home: Settings) -> None:
    async def ask(client: httpx.AsyncClient) -> None:
        assert await ready(client) == (200, {"snapshot": "warning"})

    within(home, ask)


def test_a_replica_is_ready_once_it_has_what_is_published(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "EVERY", 0.02)
    monkeypatch.setattr(replica, "LONGEST_PAUSE", 0.1)
    store, away = tmp_path / "store", tmp_path / "away"

    async def empty(client: httpx.AsyncClient) -> None:
        await until(client, 200, {"snapshot": "warning"})

    async def arriving(client: httpx.AsyncClient) -> None:
        await until(client, 503, {"snapshot": "failed", "snapshot_store": "warning"})
        away.rename(published)
        await until(client, 200, {})

    within(Settings(home=tmp_path / "first", snapshots=str(store)), empty)
    publish_home(settings.model_copy(update={"snapshots": str(store)}))
    (published,) = store.glob("snapshot-*")
    published.rename(away)
    within(Settings(home=tmp_path / "replica", snapshots=str(store)), arriving)
