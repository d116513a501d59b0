"""The daemon looks once a backfill comes or ends, or a run of one does, not every so often."""

import threading
import time
from collections.abc import Callable

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._daemon.daemon import BackfillDaemon, SensorDaemon

from netflix_pipeline.defs.prompt_backfills import (
    Pause,
    PromptBackfills,
    PromptSensors,
    UntilEnd,
    UntilWork,
    daemons,
)
from netflix_pipeline_tests.support.waiting import until

PAUSE = 3600.0


@dg.job
def nothing() -> None:
    """A job without a step."""


def wakes(pause: Pause, happens: Callable[[], object]) -> None:
    """See that a pause ends by what happens meanwhile."""
    waits = threading.Thread(target=pause.wait, args=(PAUSE,), daemon=True)
    waits.start()
    waits.join(0.2)
    assert waits.is_alive(), "nothing comes"
    happens()
    until(lambda: not waits.is_alive())


def test_a_backfill_that_comes_or_ends_and_a_run_that_ends_wake_it(
    instance: dg.DagsterInstance,
) -> None:
    ended = threading.Event()
    pause, until_end = UntilWork(instance, ended), UntilEnd(instance, ended)
    run = instance.create_run_for_job(nothing)
    backfill = PartitionBackfill(
        "of-a-test", BulkActionStatus.REQUESTED, False, {}, backfill_timestamp=time.time()
    )
    wakes(pause, lambda: instance.add_backfill(backfill))
    wakes(pause, lambda: instance.report_run_canceled(run))
    over = backfill._replace(status=BulkActionStatus.COMPLETED_SUCCESS)
    wakes(until_end, lambda: instance.update_backfill(over))
    wakes(pause, ended.set)
    assert pause.wait(PAUSE) is True


def test_all_other_daemons_are_dagsters_own(instance: dg.DagsterInstance) -> None:
    made = {daemon.daemon_type(): type(daemon) for daemon in daemons(instance)}
    assert made.keys() == set(instance.get_required_daemon_types())
    ours = {kind: of for kind, of in made.items() if not of.__module__.startswith("dagster.")}
    assert ours == {
        BackfillDaemon.daemon_type(): PromptBackfills,
        SensorDaemon.daemon_type(): PromptSensors,
    }
