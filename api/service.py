"""Dependencies of all resources: what a process of the API holds, as the application's `state`.

Its readiness tells whether it is fit to be asked. Its lifespan is that of the application:
meanwhile it follows snapshots and the log of events.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from datetime import UTC, datetime

import msgspec
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
from api.security import erased_persons, rate_limits, request_bodies
from netflix_pipeline.access import Clients, KeyAudit, Keyring
from netflix_pipeline.background import ended, repeating
from netflix_pipeline.bounds import Streams
from netflix_pipeline.business_alerts import rounds
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import EventLog, open_log
from netflix_pipeline.intelligence.scaling.advice import Adviser
from netflix_pipeline.monitoring import Check, ServiceMetrics, background_checks
from netflix_pipeline.receiving import Backlog, Follower, LostFiles, Receiver
from netflix_pipeline.receiving.canary import canaries, canary
from netflix_pipeline.serving import following, served_snapshots
from netflix_pipeline.settings import Settings

LISTENERS, LISTENERS_OF_ONE = 200, 50
"""Streams of one process, and those of one client in it."""
KEPT = 1.0
"""Seconds for which a look at readiness counts: whoever asks more often gets the same."""
PATIENCE = 2.0
"""Seconds that an event may take to be written."""


class Service:
    """All of it. What looks at the log of events or the lake is there while the service runs."""

    log: EventLog | None = None
    backlog: Backlog
    lost_files: LostFiles | None = None
    live: live_feed.Feed
    receiver: Receiver
    descriptions: dict[str, static_response.StaticResponse]
    """Those of the API, by name, once somebody asked for them."""
    resources: tuple[tuple[str, tuple[str, ...]], ...]
    """The path of each resource that answers a question, and the metrics in its answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.snapshots = served_snapshots(settings)
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
        self.notes = KeyAudit(settings)
        self.clients = Clients(settings.trusted_proxies)
        self.keyring = Keyring(settings, self.clients)
        self.limits = rate_limits.RequestLimits.of(settings)
        self.scaling = Adviser(settings)
        self.readiness = Readiness(self)
        self.descriptions = {}


class Readiness:
    """Looks at the event log, the snapshot, and what both could do without."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._checks: list[Check] = []
        self._looked = float("-inf")
        self._looking = asyncio.Lock()

    async def checks(self) -> list[Check]:
        """What was found within the last second."""
        async with self._looking:
            if time.monotonic() - self._looked >= KEPT:
                self._checks = [check async for check in self._look()]
                self._looked = time.monotonic()
            return self._checks

    async def _look(self) -> AsyncIterator[Check]:
        yield await self._event_log()
        yield self._snapshot()
        service = self._service
        if service.snapshots.problem:
            yield Check(name="newest_snapshot", status="warning", detail=service.snapshots.problem)
        if replica := service.snapshots.replica:
            yield Check(
                name="snapshot_store",
                status="warning" if replica.problem else "passed",
                detail=replica.problem or replica.told,
            )
        if service.log and not service.live.follower.caught_up:
            yield Check(name="live", status="warning", detail=service.live.follower.progress)
        if service.shared:
            away = await service.shared.look()
            yield Check(
                name="shared_cache",
                status="warning" if away else "passed",
                detail=away or "it answers",
            )
        if service.limits.away:
            yield Check(
                name="shared_limits",
                status="warning",
                detail="the Redis that counts requests cannot be reached; each process counts "
                "alone",
            )
        for check in background_checks():
            yield check

    async def _event_log(self) -> Check:
        """A log that failed last is tried again: nobody may send events to a service not ready."""
        log = self._service.log
        if log is None:
            return Check(name="event_log", status="failed", detail="it is not open yet")
        if log.problem is not None:
            event = msgspec.json.encode(canary(datetime.now(UTC)))
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._service.receiver.receive([event])
            except PipelineError as error:
                return Check(name="event_log", status="failed", detail=str(error))
            except TimeoutError:
                return Check(
                    name="event_log",
                    status="failed",
                    detail=f"an event was not written within {PATIENCE:.0f} s",
                )
        return Check(name="event_log", status="passed", detail=log.durability)

    def _snapshot(self) -> Check:
        snapshots = self._service.snapshots
        held, hours = snapshots.held, self._service.settings.ready_snapshot_hours
        if held is None:
            return Check(
                name="snapshot",
                status="failed",
                detail=snapshots.missing or "nothing is published yet",
            )
        if held.problem:
            return Check(name="snapshot", status="failed", detail=held.problem)
        age = (datetime.now(UTC) - held.info.built_at).total_seconds() / 3600
        if hours and age > hours:
            return Check(
                name="snapshot",
                status="failed",
                detail=f"version {held.info.version} was built {age:.1f} hours ago, and {hours:g} "
                "are allowed: look why nothing newer is published.",
            )
        return Check(name="snapshot", status="passed", detail=f"version {held.info.version}")


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
            service.notes.written(),
            service.keyring.following(),
            aclosing(service.limits),
            aclosing(service.shared) if service.shared else nullcontext(),
            _log(service),
            _lost_files(service),
            _business_alerts(service),
        ):
            # What is there now stays: to look through all of it again and again for what could
            # be let go would hold up requests.
            gc.freeze()
            try:
                async with canaries(service.settings):
                    yield
            finally:
                gc.unfreeze()


@asynccontextmanager
async def _business_alerts(service: Service) -> AsyncIterator[None]:
    """Alerts of users are judged after each publish, and told."""
    alerts = rounds.Rounds(service.settings, service.snapshots, service.threads.run)
    patience = rounds.PATIENCE
    looking = repeating("business alerts", alerts.look, rounds.EVERY, patience=patience)
    async with ended(alerts.close), looking:
        yield


@asynccontextmanager
async def _lost_files(service: Service) -> AsyncIterator[None]:
    """Files of the lake are looked for that should be there."""
    service.lost_files = looking = LostFiles(service.settings, service.snapshots)
    async with ended(looking.stop):
        looking.start()
        yield


@asynccontextmanager
async def _log(service: Service) -> AsyncIterator[None]:
    """The log of events, those who write to it and those who follow it."""
    erased = service.erased
    await erased.look()
    log = await asyncio.to_thread(open_log, service.settings)
    follower = Follower(service.settings, log, lambda: erased.persons)
    backlog = Backlog(service.settings, log)
    async with ended(follower.stop), erased.following(), ended(backlog.stop):
        service.backlog = backlog
        service.log = log
        service.receiver = Receiver(follower)
        service.live = live_feed.Feed(follower, live_feed.TitleNames(service.snapshots))
        follower.start()
        backlog.start()
        yield
