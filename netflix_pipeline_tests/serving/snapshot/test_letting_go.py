"""A service holds no snapshot but the newest, however seldom garbage is looked for."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from fastapi import FastAPI

import api.app
import dash_app.app
from netflix_pipeline.serving import Snapshot, publish
from netflix_pipeline.serving.snapshot import open as opening
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.three_days import three_days
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import World

PAGES = ("/", "/titles", "/audience", "/discovery", "/trust", "/health", "/ready")
ANSWERS = ("/health", "/ready", "/analytics", "/titles", "/users/ann", "/top10", "/quality/checks")


@pytest.fixture
def world(home: Settings) -> World:
    return three_days(home.lake)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[weakref.WeakSet[Snapshot]]:
    """All that are open; nobody looks for garbage meanwhile."""
    known: weakref.WeakSet[Snapshot] = weakref.WeakSet()

    class Counted(Snapshot):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            known.add(self)

    monkeypatch.setattr(opening, "Snapshot", Counted)
    gc.collect()
    gc.disable()
    yield known
    gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("create_app", "paths"), [(api.app.create_app, ANSWERS), (dash_app.app.create_app, PAGES)]
)
def test_the_one_before_is_closed(
    home: Settings,
    world: World,
    opened: weakref.WeakSet[Snapshot],
    create_app: Callable[[Settings], FastAPI],
    paths: tuple[str, ...],
) -> None:
    def only(version: int) -> bool:
        return [snapshot.info.version for snapshot in opened] == [version]

    async def follow() -> None:
        app = create_app(home)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            for version in (2, 3):
                for path in paths:
                    assert (await client.get(path)).status_code < 500
                await asyncio.to_thread(publish, world.lake, home.serving, full=True)
                await asyncio.to_thread(until, partial(only, version))

    publish(world.lake, home.serving)
    asyncio.run(follow())
