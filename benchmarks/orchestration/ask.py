"""Asks the Dagster of a home to build every day, and tells how long that takes to be published.

With workers it asks for a backfill, which is cut; without, for one run, as the schedule does. The
clock begins once the daemon has looked at its sensors.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import dagster as dg
from dagster._core.definitions.selector import (
    PartitionRangeSelector,
    PartitionsByAssetSelector,
    PartitionsSelector,
)
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    RUN_KEY_TAG,
)

from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.worker_launcher import WorkerRunLauncher
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import dependencies
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.run_queue import enqueue

BACKFILL = "every-day"
PATIENCE = 1200.0

T = TypeVar("T")


def main() -> None:
    """Print as JSON the seconds until all is published, until the first run began, and the runs."""
    settings = Settings()
    days = Lake.of(settings).partitions("bronze/watch_events")
    with open_instance(settings) as instance:
        until(lambda: _is_ready(settings, instance))
        begun = time.time()
        ask = _backfill if settings.broker else _run
        ask(settings, instance, days[0], days[-1])
        last = until(lambda: _last(settings, instance))
        assert last is not None
        runs = instance.get_run_records()
        ended = instance.get_run_record_by_id(last.run_id)
    assert ended is not None
    assert ended.end_time is not None
    if failed := [each.dagster_run for each in runs if not each.dagster_run.is_success]:
        raise RuntimeError(f"failed: {failed}")
    starts = [each.start_time for each in runs if each.start_time and each.start_time >= begun]
    assert ended.start_time is not None
    told = {
        "seconds": ended.end_time - begun,
        "first run begun": min(starts) - begun,
        "last run begun": ended.start_time - begun,
        "runs": len(starts),
    }
    json.dump(told, sys.stdout)


def until(look: Callable[[], T]) -> T:
    """What a look finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"nothing within {PATIENCE:.0f} s")
        time.sleep(0.2)
    return found


def _is_ready(settings: Settings, instance: dg.DagsterInstance) -> bool:
    """Whether the daemon has looked at what came before, and all workers are there."""
    sensors = {state.name: state.instigator_data for state in instance.all_instigator_state()}
    looked = "cut_backfills" if settings.broker else "monitoring"
    data = sensors.get(looked)
    ready = bool(getattr(data, "last_tick_timestamp", None))
    if settings.broker:
        launcher = instance.run_launcher
        assert isinstance(launcher, WorkerRunLauncher)
        ready = ready and bool(getattr(data, "cursor", None))
        ready = ready and launcher.leases.workers() == settings.concurrent_runs
    return ready


def _run(settings: Settings, instance: dg.DagsterInstance, first: date, last: date) -> None:
    run = instance.create_run_for_job(
        definitions(settings).resolve_job_def(MATERIALIZE),
        run_config=config(only_pending=False),
        tags={
            ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
            ASSET_PARTITION_RANGE_END_TAG: last.isoformat(),
        },
        remote_job_origin=job_origin(MATERIALIZE),
    )
    enqueue(instance, run)


def _backfill(settings: Settings, instance: dg.DagsterInstance, first: date, last: date) -> None:
    days = PartitionsSelector(
        ranges=[PartitionRangeSelector(start=first.isoformat(), end=last.isoformat())]
    )
    instance.add_backfill(
        PartitionBackfill.from_partitions_by_assets(
            backfill_id=BACKFILL,
            asset_graph=definitions(settings).resolve_asset_graph(),
            backfill_timestamp=time.time(),
            tags={},
            dynamic_partitions_store=instance,
            partitions_by_assets=[
                PartitionsByAssetSelector(asset_key=key(table), partitions=days)
                for table in dependencies()
                if by_day(table)
            ],
            title=None,
            description=None,
            run_config=None,
        )
    )


def _last(settings: Settings, instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The run that published all, once it has ended."""
    behind = dg.RunsFilter(tags={RUN_KEY_TAG: f"behind {BACKFILL}"})
    alone = dg.RunsFilter(job_name=MATERIALIZE)
    runs = instance.get_runs(behind if settings.broker else alone, limit=1)
    return next((run for run in runs if run.status in FINISHED_STATUSES), None)


if __name__ == "__main__":
    main()
