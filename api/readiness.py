"""Readiness: whether the service is fit to be asked, and what is only warned of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring import Check, background_checks
from netflix_pipeline.receiving.canary import canary

if TYPE_CHECKING:
    from api.service import Service

KEPT = 1.0
"""Seconds for which a look counts: whoever asks more often gets the same."""
PATIENCE = 2.0
"""Seconds that an event may take to be written."""


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
        if service.log and not service.live.follower.caught_up:
            yield Check(name="live", status="warning", detail=service.live.follower.progress)
        if service.shared:
            away = await service.shared.look()
            status: Literal["passed", "warning"] = "warning" if away else "passed"
            yield Check(name="shared_cache", status=status, detail=away or "it answers")
        if service.limits.away:
            detail = "the Redis that counts requests cannot be reached; each process counts alone"
            yield Check(name="shared_limits", status="warning", detail=detail)
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
                detail = f"an event was not written within {PATIENCE:.0f} s"
                return Check(name="event_log", status="failed", detail=detail)
        return Check(name="event_log", status="passed", detail=log.durability)

    def _snapshot(self) -> Check:
        snapshots = self._service.snapshots
        held, hours = snapshots.held, self._service.settings.ready_snapshot_hours
        if held is None:
            detail = snapshots.problem or "nothing is published yet"
            return Check(name="snapshot", status="failed", detail=detail)
        if held.problem:
            return Check(name="snapshot", status="failed", detail=held.problem)
        age = (datetime.now(UTC) - held.info.built_at).total_seconds() / 3600
        if hours and age > hours:
            detail = (
                f"version {held.info.version} was built {age:.1f} hours ago, and {hours:g} are "
                "allowed: look why nothing newer is published."
            )
            return Check(name="snapshot", status="failed", detail=detail)
        return Check(name="snapshot", status="passed", detail=f"version {held.info.version}")
