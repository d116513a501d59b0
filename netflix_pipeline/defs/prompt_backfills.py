"""Backfills that begin when they are asked for, and end when their last run does.

Dagster's daemon looks every half minute for those that were asked for, hands their runs out, and
notes that they have ended; and every five seconds at what follows one that has. Here it looks as
soon as there is something.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from dagster import DagsterInstance, RunsFilter
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.controller import create_daemon_of_type
from dagster._daemon.daemon import BackfillDaemon, DaemonIterator, DagsterDaemon, SensorDaemon
from typing_extensions import override

LOOKED_EVERY = 0.5
"""Seconds between two looks whether there is something, which is a question or two."""

BEGUN = BulkActionsFilter(
    statuses=[BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
)
AT_WORK = RunsFilter(statuses=[*NOT_FINISHED_STATUSES])


def daemons(instance: DagsterInstance) -> Iterator[DagsterDaemon[Any]]:
    """Dagster's daemons, with these for backfills and sensors."""
    for kind in instance.get_required_daemon_types():
        if kind == BackfillDaemon.daemon_type():
            yield PromptBackfills(instance.get_backfill_settings())
        elif kind == SensorDaemon.daemon_type():
            yield PromptSensors(instance.get_sensor_settings())
        else:
            yield create_daemon_of_type(kind, instance)


class PromptBackfills(BackfillDaemon):
    """`BackfillDaemon` that is woken by a backfill that comes, and by a run that ends."""

    @override
    def core_loop(
        self,
        workspace_process_context: IWorkspaceProcessContext[Any],
        shutdown_event: threading.Event,
    ) -> DaemonIterator:
        pause = UntilWork(workspace_process_context.instance, shutdown_event)
        return super().core_loop(workspace_process_context, pause)


class PromptSensors(SensorDaemon):
    """`SensorDaemon` that is woken by a backfill that ends."""

    @override
    def core_loop(
        self,
        workspace_process_context: IWorkspaceProcessContext[Any],
        shutdown_event: threading.Event,
    ) -> DaemonIterator:
        pause = UntilEnd(workspace_process_context.instance, shutdown_event)
        return super().core_loop(workspace_process_context, pause)


class Pause(threading.Event, ABC):
    """The event that ends the daemon, of which waiting for it also ends where something comes."""

    def __init__(self, instance: DagsterInstance, ended: threading.Event) -> None:
        super().__init__()
        self._instance = instance
        self._ended = ended

    @override
    def wait(self, timeout: float | None = None) -> bool:
        until = time.monotonic() + (timeout or 0.0)
        while not self._comes() and (left := until - time.monotonic()) > 0:
            if self._ended.wait(min(LOOKED_EVERY, left)):
                break
        return self._ended.is_set()

    @abstractmethod
    def _comes(self) -> bool:
        """Whether something came since the last look."""

    def _begun(self) -> int:
        """How many backfills have begun and not ended."""
        return self._instance.get_backfills_count(BEGUN)


class UntilWork(Pause):
    """A pause until a backfill comes, or a run ends beside one."""

    _seen = 0, 0

    @override
    def _comes(self) -> bool:
        begun, at_work = self._seen
        now = self._begun()
        self._seen = now, self._instance.get_runs_count(AT_WORK) if now else 0
        return now > begun or (now > 0 and self._seen[1] < at_work)


class UntilEnd(Pause):
    """A pause until a backfill ends."""

    _seen = 0

    @override
    def _comes(self) -> bool:
        before, self._seen = self._seen, self._begun()
        return self._seen < before
