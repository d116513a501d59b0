"""The daemon looks after backfills once one comes or a run ends, not every half minute."""

import threading
import time
from collections.abc import Callable

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._daemon.daemon import BackfillDaemon

from netflix_pipeline.defs.prompt_backfills import Pause, PromptBackfills, daemons

PAUSE = 60.0


@dg.job
def nothing() -> None:
    """A job without a step."""


def woken(pause: Pause, happens: Callable[[], object]) -> bool:
    """Whether a pause ends by what happens meanwhile; else it lasts."""
    begun = time.monotonic()
    threading.Timer(0.2, happens).start()
    pause.wait(PAUSE)
    return time.monotonic() - begun < PAUSE / 2


def test_a_backfill_that_comes_and_a_run_that_ends_wake_it(instance: dg.DagsterInstance) -> None:
    ended = threading.Event()
    pause = Pause(instance, ended)
    run = instance.create_run_for_job(nothing)
    backfill = PartitionBackfill(
        "of-a-test", BulkActionStatus.REQUESTED, False, {}, backfill_timestamp=time.time()
    )
    assert woken(pause, lambda: instance.add_backfill(backfill))
    assert pause.wait(0.01) is False, "nothing comes"
    assert woken(pause, lambda: instance.report_run_canceled(run))
    assert woken(pause, ended.set)
    assert pause.wait(PAUSE) is True


def test_all_other_daemons_are_dagsters_own(instance: dg.DagsterInstance) -> None:
    made = {daemon.daemon_type(): type(daemon) for daemon in daemons(instance)}
    assert made.keys() == set(instance.get_required_daemon_types())
    ours = {kind for kind, of in made.items() if not of.__module__.startswith("dagster.")}
    assert ours == {BackfillDaemon.daemon_type()}
    assert made[BackfillDaemon.daemon_type()] is PromptBackfills
