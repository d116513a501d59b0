"""Dagster's queue of runs, as the webserver fills it."""

import dagster as dg
from dagster._core.run_coordinator import SubmitRunContext


def enqueue(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Ask for a run that was made: the daemon has it launched.

    `DagsterInstance.submit_run` would want to know from which file its job can be loaded again.
    """
    # Our queue asks no workspace for anything.
    instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))  # type: ignore[arg-type]
