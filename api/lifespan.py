"""What the service holds while it runs: snapshots that move on, and the log of events."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from fastapi import FastAPI

from api.delivery.live_feed import Feed
from api.delivery.shared_cache import SharedCache
from api.delivery.warm_up import Warming
from api.logs import logging_json
from api.security.erased_persons import ErasedPersons
from api.title_names import TitleNames
from netflix_pipeline.background import ended
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving.canary import canaries
from netflix_pipeline.serving import Snapshots, following
from netflix_pipeline.settings import Settings


@asynccontextmanager
async def running(app: FastAPI, settings: Settings, snapshots: Snapshots) -> AsyncIterator[None]:
    """Follow snapshots and the log of events; what waits to be written is, before it ends."""
    snapshots.prepare = warming = Warming(app.state.answers, snapshots)
    notes, limits = app.state.notes, app.state.limits
    with logging_json(settings), app.state.access_log.writing():
        async with (
            ended(warming.stop),
            following(snapshots),
            _shared(app, settings),
            notes.written(),
            app.state.keyring.following(),
            aclosing(limits),
            _log(app, settings, snapshots),
        ):
            # What is there now stays: to look through all of it again and again for what could
            # be let go would hold up requests.
            gc.freeze()
            try:
                async with canaries(settings):
                    yield
            finally:
                gc.unfreeze()


@asynccontextmanager
async def _log(app: FastAPI, settings: Settings, snapshots: Snapshots) -> AsyncIterator[None]:
    """The log of events, those who write to it and those who follow it."""
    erased: ErasedPersons = app.state.erased
    await erased.look()
    log = await asyncio.to_thread(open_log, settings)
    follower = Follower(settings, log, lambda: erased.persons)
    async with ended(follower.stop), erased.following():
        app.state.log, app.state.durability = log, log.durability
        app.state.receiver = Receiver(follower)
        app.state.live = Feed(follower, TitleNames(snapshots))
        follower.start()
        yield


@asynccontextmanager
async def _shared(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """The cache that replicas share, where there is one."""
    if not settings.cache:
        yield
        return
    app.state.shared = shared = SharedCache(settings.cache)
    try:
        yield
    finally:
        app.state.shared = None
        await shared.close()
