"""Dependencies of all resources: what a process of the API holds, as the application's `state`.

Its lifespan is that of the application: meanwhile it follows snapshots and the log of events.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from starlette.requests import HTTPConnection

from api.delivery import (
    batch_loader,
    live_feed,
    query_executor,
    response_cache,
    shared_cache,
    single_flight,
    static_response,
    warm_up,
)
from api.logs import AccessLog, logging_json
from api.readiness import Readiness
from api.security import erased_persons, key_audit, keyring, rate_limits, request_bodies
from netflix_pipeline.background import ended
from netflix_pipeline.bounds import Streams
from netflix_pipeline.eventlog import EventLog, open_log
from netflix_pipeline.monitoring import ServiceMetrics
from netflix_pipeline.receiving import Follower, Receiver
from netflix_pipeline.receiving.canary import canaries
from netflix_pipeline.serving import Snapshots, following
from netflix_pipeline.settings import Settings

LISTENERS, LISTENERS_OF_ONE = 200, 50
"""Streams of one process, and those of one client in it."""


class Service:
    """All of it. The log of events, and what rests on it, are there while the service runs."""

    log: EventLog | None = None
    live: live_feed.Feed
    receiver: Receiver
    description: static_response.StaticResponse | None = None
    """That of the API, once somebody asked for it."""
    resources: tuple[tuple[str, tuple[str, ...]], ...]
    """The path of each resource that answers a question, and the metrics in its answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.snapshots = Snapshots(
            settings.serving, settings.query_megabytes, settings.people_in_memory
        )
        self.answers = response_cache.AnswerCache(settings.kept_megabytes * 2**20)
        self.shared = shared_cache.SharedCache(settings.cache) if settings.cache else None
        self.flights = single_flight.SingleFlight[response_cache.CachedResponse]()
        self.metrics = ServiceMetrics(settings)
        self.access_log = AccessLog(settings.access_log)
        self.threads = query_executor.QueryExecutor(
            settings.query_threads,
            settings.queries_waiting,
            settings.query_seconds,
            self.metrics.query_seconds.observe,
        )
        self.people = batch_loader.BatchLoader(self.snapshots, self.threads)
        self.erased = erased_persons.ErasedPersons(settings)
        self.bodies = request_bodies.Bodies()
        self.streams = Streams(LISTENERS, LISTENERS_OF_ONE)
        self.event_limits = rate_limits.EventLimits(settings.events_per_second)
        self.notes = key_audit.KeyAudit(settings)
        self.keyring = keyring.Keyring(settings)
        self.limits = rate_limits.RequestLimits(settings.limits or settings.cache)
        self.readiness = Readiness(self)

    @property
    def durability(self) -> str:
        """What an acknowledged event has survived."""
        return self.log.durability if self.log else "not open"


def service_of(request: HTTPConnection) -> Service:
    """The service that a request is for."""
    service: Service = request.app.state
    return service


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Follow snapshots and the log of events; what waits to be written is, before it ends."""
    snapshots = service.snapshots
    snapshots.prepare = warming = warm_up.WarmUp(service.answers, snapshots)
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
        service.live = live_feed.Feed(follower, live_feed.TitleNames(service.snapshots))
        follower.start()
        yield
