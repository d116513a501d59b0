"""Hands runs to Celery workers through Redis, and knows which of them are alive.

Dagster's own launcher asks Celery how the task is. That stays "started" for ever once its worker
is killed; and it has no word of a task that is delivered twice. So a task is only the id of a run,
and who has that is told by `run_leases`: what comes second does nothing, and a run whose worker is
silent failed, to be tried again like every run whose process was killed.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from celery.exceptions import OperationalError
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.instance import DagsterInstance
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun, DagsterRunStatus, RunsFilter
from dagster._serdes import ConfigurableClassData
from dagster_celery.launcher import CeleryRunLauncher
from typing_extensions import override

from netflix_pipeline.background import Thread
from netflix_pipeline.defs.configured_by_settings import ConfiguredBySettings
from netflix_pipeline.defs.run_leases import BrokerUnavailable, RunLeases
from netflix_pipeline.defs.run_locks import COMMAND, Life, life, process_of
from netflix_pipeline.settings import Settings

LOOKED_EVERY = 5.0
"""Seconds between two looks for runs whose worker died."""
QUEUE = "dagster"
"""The queue of runs without another in their tag `dagster-celery/queue`."""
TASK = "netflix_pipeline.run"
"""The task whose one argument is the id of a run."""
CELERY = {
    # A run fills its process: it is worked on where the task came in, one at a time, and nothing is
    # taken from the queue meanwhile. (Processes that are forked off would inherit Polars' locks.)
    "worker_pool": "solo",
    "worker_prefetch_multiplier": 1,
    "broker_transport_options": {"global_keyprefix": "netflix:"},
    # One that loses Redis ends, and is started again: after it connects anew it may take nothing
    # from the queue any more, and not say so.
    "broker_connection_retry": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # What stands in a message is data: none is code that runs as it is read (`pickle`).
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
}


class WorkerRunLauncher(ConfiguredBySettings, CeleryRunLauncher):
    """`CeleryRunLauncher` whose runs outlive no worker and never work twice; for `dagster.yaml`."""

    def __init__(self, address: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(
            default_queue=QUEUE,
            broker=address,
            backend=address,
            config_source=CELERY,
            inst_data=inst_data,
        )
        self.leases = RunLeases(address)

    @classmethod
    @override
    def of(cls, settings: Settings, inst_data: ConfigurableClassData | None) -> Self:
        return cls(settings.broker, inst_data)

    @override
    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        try:
            if not self.leases.workers():
                self._instance.report_engine_event(
                    "No worker is there: the run waits. Start some: netflix-pipeline serve worker",
                    run,
                )
            task = self.celery.signature(TASK, args=(run.run_id,), immutable=True)
            self._launch_celery_task_run(run, task, routing_key=TASK)
        except (BrokerUnavailable, OperationalError) as error:
            # Of all errors of a launch the queue tries only this one again.
            raise DagsterUserCodeUnreachableError(
                f"the broker of runs does not answer: {error}"
            ) from error

    @property
    @override
    def supports_resume_run(self) -> bool:
        return False  # a run whose worker died is tried again, from the stage that it had come to

    @override
    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        if COMMAND in run.tags:
            dead = life(self._instance, run.run_id) is Life.DEAD
            return _health("the process was killed" if dead else "")
        try:
            worker = self.leases.taken_from(run.run_id, began=True)
        except BrokerUnavailable as error:
            return CheckRunHealthResult(WorkerStatus.RUNNING, str(error))
        return _health(f"{worker} had it and is silent" if worker else "")

    @override
    def get_run_worker_debug_info(self, *_: Any, **__: Any) -> str | None:
        return None  # the reason of a failure says it all

    @override
    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if COMMAND in run.tags:
            process = process_of(self._instance, run_id)
            if process is None:
                return False
            self._instance.report_run_canceling(run)
            os.kill(process, signal.SIGINT)
            return True
        self._instance.report_run_canceling(run)
        self.leases.cancel(run_id)
        return True


def _health(problem: str) -> CheckRunHealthResult:
    if problem:
        return CheckRunHealthResult(WorkerStatus.FAILED, problem)
    return CheckRunHealthResult(WorkerStatus.RUNNING)


@contextmanager
def lost_runs_ended(instance: DagsterInstance) -> Iterator[None]:
    """Meanwhile, runs end whose worker died where Dagster's monitoring does not look."""
    thread = Thread("lost-runs", partial(end_lost, instance), LOOKED_EVERY)
    thread.start()
    try:
        yield
    finally:
        thread.stop()


def end_lost(instance: DagsterInstance) -> None:
    """End the runs whose worker died before they began, or while they were cancelled.

    Dagster's monitoring looks whether a worker lives only while its run works.
    """
    launcher = instance.run_launcher
    assert isinstance(launcher, WorkerRunLauncher)
    for status, end in (
        (DagsterRunStatus.STARTING, instance.report_run_failed),
        (DagsterRunStatus.CANCELING, instance.report_run_canceled),
    ):
        for run in instance.get_runs(RunsFilter(statuses=[status])):
            if COMMAND in run.tags:
                continue
            worker = launcher.leases.taken_from(run.run_id, began=False)
            now = instance.get_run_by_id(run.run_id)
            if worker and now is not None and now.status is status:  # else it ended in order
                end(run, f"{worker} had it and is silent")
