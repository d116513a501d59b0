"""Which runs are alive: each holds a lock, which the kernel ends with the run's process.

A number of a process tells less: it is given to others after a restart, and means nothing in
another container.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import dagster as dg
from dagster._core.definitions.executor_definition import IN_PROC_CONFIG
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.execution.step_dependency_config import StepDependencyConfig
from dagster._core.executor.base import Executor
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.executor.multiprocess import MultiprocessExecutor
from typing_extensions import override

from netflix_pipeline.lake import exclusive

COMMAND = "netflix_pipeline/command"
"""The tag of a run that says by which command it was started."""


class Life(Enum):
    """What the lock of a run says; `UNMARKED` is one that just begins or ends."""

    ALIVE = "alive"
    DEAD = "dead"
    UNMARKED = "unmarked"


def _mark(instance: dg.DagsterInstance, run_id: str) -> Path:
    return Path(instance.root_directory) / "running" / run_id


@contextmanager
def running(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Mark the run as alive, and its process as the one that runs it."""
    mark = _mark(instance, run_id)
    with exclusive(mark):
        _sweep(instance, mark.parent)
        mark.write_text(f"{socket.gethostname()}:{os.getpid()}")
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def _sweep(instance: dg.DagsterInstance, marks: Path) -> None:
    """Remove the marks of runs that were killed and are known to have failed."""
    for mark in marks.iterdir():
        if life(instance, mark.name) is Life.DEAD:
            run = instance.get_run_by_id(mark.name)
            if run is None or run.is_finished:
                mark.unlink(missing_ok=True)


def life(instance: dg.DagsterInstance, run_id: str) -> Life:
    """Whether the process of a run that began still runs."""
    try:
        handle = os.open(_mark(instance, run_id), os.O_RDWR)
    except FileNotFoundError:
        return Life.UNMARKED
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Without a name: it ended in order while we looked.
        return Life.DEAD if os.fstat(handle).st_nlink else Life.UNMARKED
    except BlockingIOError:
        return Life.ALIVE
    finally:
        os.close(handle)


def process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process of a run that is alive; None where it is not of this machine."""
    if life(instance, run_id) is not Life.ALIVE:
        return None
    host, _, process = _mark(instance, run_id).read_text().partition(":")
    return int(process) if host == socket.gethostname() else None


def end_dead(instance: dg.DagsterInstance) -> None:
    """Runs whose process was killed would look as if they went on for ever: they failed."""
    under_way = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(under_way):
        if life(instance, run.run_id) is Life.DEAD:
            instance.report_run_failed(run, "its process was killed")


class Marked(Executor):
    """Marks a run as alive, in the process that looks after its steps.

    An error of a step ends that step, also where whoever started the run has errors raised: what
    does not need the step is built. Those outside of steps are raised there.
    """

    @override
    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        of_steps = PlanOrchestrationContext(
            plan_context.plan_data._replace(raise_on_error=False),
            plan_context.log,
            plan_context.executor,
            plan_context.output_capture,
        )
        with running(plan_context.instance, plan_context.dagster_run.run_id):
            yield from super().execute(of_steps, execution_plan)  # type: ignore[safe-super]


class InProcess(Marked, InProcessExecutor):
    """Steps of a run share a process: starting one costs more than most runs take."""


class Multiprocess(Marked, MultiprocessExecutor):
    """Each step of a run has a process of its own."""


def executor(processes: int) -> dg.ExecutorDefinition:
    """Runs steps in one process, or so many at a time in processes of their own.

    A step begins once those before it have put out what it is made from, also where they fail then:
    of a step some of whose days broke, the good ones are built on.
    """
    after_outputs = StepDependencyConfig(require_upstream_step_success=False)

    @dg.executor(name="in_process", config_schema=IN_PROC_CONFIG)
    def in_process(init: dg.InitExecutorContext) -> Executor:
        retries = RetryMode.from_config(init.executor_config["retries"]) or RetryMode.ENABLED  # type: ignore[arg-type]
        if processes:
            return Multiprocess(retries, processes, step_dependency_config=after_outputs)
        return InProcess(retries, step_dependency_config=after_outputs)

    return in_process
