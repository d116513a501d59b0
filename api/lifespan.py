"""What the service holds while it runs: snapshots that move on, and the log of events."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from fastapi import FastAPI

from api.delivery.shared_cache import SharedCache
from api.delivery.warm_up import Warming
from api.logs import logging_json
from api.security.erased_persons import ErasedPersons
from api.title_names import TitleNames
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.live.canary import canaries
from netflix_pipeline.live.feed import Feed
from netflix_pipeline.live.memory_limits import MemoryLimits
from netflix_pipeline.receiving import Receiver, Tail
from netflix_pipeline.serving import Snapshots, following
from netflix_pipeline.settings import Settings


@asynccontextmanager
async def running(app: FastAPI, settings: Settings, snapshots: Snapshots) -> AsyncIterator[None]:
    """Follow snapshots and the log of events; what waits to be written is, before it ends."""
    snapshots.prepare = warming = Warming(app.state.answers, snapshots)
    notes, limits = app.state.notes, app.state.limits
    with logging_json(settings), app.state.access_log.writing():
        try:
            async with (
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
        finally:
            await asyncio.to_thread(warming.stop)


@asynccontextmanager
async def _log(app: FastAPI, settings: Settings, snapshots: Snapshots) -> AsyncIterator[None]:
    """The log of events, those who write to it and those who follow it."""
    log = await asyncio.to_thread(open_log, settings)
    try:
        app.state.log, app.state.durability = log, log.durability
        erased: ErasedPersons = app.state.erased
        await erased.look()
        app.state.tail = tail = Tail(
            log,
            erased=lambda: erased.persons,
            bounds=MemoryLimits.of(settings),
            oldest=settings.oldest_event,
        )
        app.state.receiver = Receiver(tail)
        app.state.live = Feed(tail, TitleNames(snapshots))
        tail.start()
        try:
            async with erased.following(tail.read_again):
                yield
        finally:
            await asyncio.to_thread(tail.stop)
    finally:
        await asyncio.to_thread(log.close)


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
