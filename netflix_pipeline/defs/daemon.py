"""Dagster's daemon for a home, as a program: `python -m netflix_pipeline.defs.daemon`.

It does what `dagster-daemon run` does, starts a code server that was killed again at once, and
looks after backfills without a pause.
"""

import os
from contextlib import AbstractContextManager, nullcontext

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.controller import daemon_controller_from_instance
from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers

from netflix_pipeline.defs.code_servers import kept_running
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.prompt_backfills import daemons
from netflix_pipeline.defs.workspace import WORKSPACE
from netflix_pipeline.settings import Settings

YIELDS = 5
"""By how much builds let API and dashboard go before them where processors are few."""


def main() -> None:
    """Run sensors, schedules and the queue of runs until a signal to end comes."""
    settings = Settings()
    settings.keep_private()
    os.nice(YIELDS)
    setup_interrupt_handlers()
    try:
        with (
            capture_interrupts(),
            open_instance(settings) as instance,
            daemon_controller_from_instance(
                instance,
                WorkspaceFileTarget([str(WORKSPACE)]),
                gen_daemons=daemons,
                code_server_log_level="warning",
            ) as controller,
        ):
            workspace = controller._workspace_process_context  # noqa: SLF001
            assert isinstance(workspace, WorkspaceProcessContext)
            with kept_running(workspace), _workers_watched(settings, instance):
                controller.check_daemon_loop()
    except KeyboardInterrupt:
        return


def _workers_watched(settings: Settings, instance: DagsterInstance) -> AbstractContextManager[None]:
    if not settings.broker:
        return nullcontext()
    from netflix_pipeline.defs.worker_launcher import lost_runs_ended

    return lost_runs_ended(instance)


if __name__ == "__main__":
    main()
