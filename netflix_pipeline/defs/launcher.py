"""Launches runs, and knows which are alive; what Dagster's own launcher does not look at.

Dagster's own gives a run up when the process that it starts needs more than a minute until it
says so. It still comes up, finds its run failed and ends.
"""

import os
import signal
import time

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import (
    CheckRunHealthResult,
    DefaultRunLauncher,
    LaunchRunContext,
    WorkerStatus,
)
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._serdes import ConfigurableClassData
from typing_extensions import override

from netflix_pipeline.defs.run_locks import Life, life, process_of

SETTLED = 180.0
"""Seconds in which a run that began marks its process, or one that ended tells so; and in which
the daemon starts another code server, without which a run cannot be tried again."""


class WatchedRunLauncher(DefaultRunLauncher):
    """`DefaultRunLauncher` that waits for slow starts and finds killed runs; for `dagster.yaml`."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._missed: dict[str, float] = {}

    @override
    def launch_run(self, context: LaunchRunContext) -> None:
        try:
            super().launch_run(context)
        except DagsterUserCodeUnreachableError as error:
            code = getattr(error.__cause__, "code", None)
            if code is None or code().name != "DEADLINE_EXCEEDED":
                raise  # the queue tries it again
            # The process may come up later. If it does not, the run fails when its time to start
            # is over, and is tried again.
            self._instance.report_engine_event(
                "The process of the run is slow to start: it is waited for.", context.dagster_run
            )

    @property
    @override
    def supports_check_run_worker_health(self) -> bool:
        return True

    @override
    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        life_sign = life(self._instance, run.run_id)
        if life_sign is Life.ALIVE:
            self._missed.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # The code server tells at once of a process that was killed: it is gone too, or the run
        # is one of the command line, which nobody tries again.
        missed_for = time.monotonic() - self._missed.setdefault(run.run_id, time.monotonic())
        if missed_for > SETTLED or (life_sign is Life.DEAD and GRPC_INFO_TAG not in run.tags):
            return CheckRunHealthResult(WorkerStatus.FAILED, "the process was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    @override
    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        ours = run is not None and not run.is_finished and GRPC_INFO_TAG not in run.tags
        process = process_of(self._instance, run_id) if ours else None
        if run is None or process is None:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        # A run of the command line: as if somebody pressed Ctrl-C there.
        self._instance.report_run_canceling(run)
        os.kill(process, signal.SIGINT)
        return True
