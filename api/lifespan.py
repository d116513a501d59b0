"""Lifespan of the application: meanwhile it follows snapshots and the log of events."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from api.delivery.live_feed import Feed
from api.delivery.warm_up import WarmUp
from api.logs import logging_json
from api.service import Service
from api.title_names import TitleNames
from netflix_pipeline.background import ended
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving.canary import canaries
from netflix_pipeline.serving import following


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Follow snapshots and the log of events; what waits to be written is, before it ends."""
    snapshots = service.snapshots
    snapshots.prepare = warming = WarmUp(service.answers, snapshots)
    with logging_json(service.settings), service.access_log.writing():
        async with (
            ended(warming.stop),
            following(snapshots),
            AsyncExitStack() as closing,
            service.notes.written(),
            service.keyring.following(),
            aclosing(service.limits),
            _log(service),
        ):
            if service.shared:
                closing.push_async_callback(service.shared.close)
            # What is there now stays: to look through all of it again and again for what could
            # be let go would hold up requests.
            gc.freeze()
            try:
                async with canaries(service.settings):
                    yield
            finally:
                gc.unfreeze()


@asynccontextmanager
async def _log(service: Service) -> AsyncIterator[None]:
    """The log of events, those who write to it and those who follow it."""
    erased = service.erased
    await erased.look()
    log = await asyncio.to_thread(open_log, service.settings)
    follower = Follower(service.settings, log, lambda: erased.persons)
    async with ended(follower.stop), erased.following():
        service.log = log
        service.receiver = Receiver(follower)
        service.live = Feed(follower, TitleNames(service.snapshots))
        follower.start()
        yield
