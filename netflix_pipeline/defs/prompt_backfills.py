"""Backfills that begin when they are asked for, and end when their last run does.

Dagster's daemon looks every half minute for those that were asked for, hands their runs out, and
notes that they have ended; what follows waits for it. Here it looks as soon as there is something.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from dagster import DagsterInstance, RunsFilter
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.controller import create_daemon_of_type
from dagster._daemon.daemon import BackfillDaemon, DaemonIterator, DagsterDaemon
from typing_extensions import override

LOOKED_EVERY = 1.0
"""Seconds between two looks whether there is something, which is a question or two."""

BEGUN = BulkActionsFilter(
    statuses=[BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
)
AT_WORK = RunsFilter(statuses=[*NOT_FINISHED_STATUSES])


def daemons(instance: DagsterInstance) -> Iterator[DagsterDaemon[Any]]:
    """Dagster's daemons, with this one for backfills."""
    for kind in instance.get_required_daemon_types():
        if kind == BackfillDaemon.daemon_type():
            yield PromptBackfills(instance.get_backfill_settings())
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
        pause = Pause(workspace_process_context.instance, shutdown_event)
        return super().core_loop(workspace_process_context, pause)


class Pause(threading.Event):
    """The event that ends the daemon, of which waiting for it also ends where something comes."""

    def __init__(self, instance: DagsterInstance, ended: threading.Event) -> None:
        super().__init__()
        self._instance = instance
        self._ended = ended
        self._seen = 0, 0

    @override
    def wait(self, timeout: float | None = None) -> bool:
        until = time.monotonic() + (timeout or 0.0)
        while not self._comes() and (left := until - time.monotonic()) > 0:
            if self._ended.wait(min(LOOKED_EVERY, left)):
                break
        return self._ended.is_set()

    def _comes(self) -> bool:
        """Whether a backfill has come since the last look, or a run has ended beside one."""
        begun, at_work = self._seen
        now = self._state()
        comes = now[0] > begun or (now[0] > 0 and now[1] < at_work)
        self._seen = now
        return comes

    def _state(self) -> tuple[int, int]:
        """How many backfills have begun, and how many runs are under way while any has."""
        begun = self._instance.get_backfills_count(BEGUN)
        return begun, self._instance.get_runs_count(AT_WORK) if begun else 0
