"""What starts runs by itself: the night, files, events that come in, who asks to be forgotten."""

# No `from __future__ import annotations`: Dagster reads the annotations of an op as objects.

import time
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as Job,
)

from netflix_pipeline.defs.assets import STEP
from netflix_pipeline.defs.erasing import waiting_since
from netflix_pipeline.defs.jobs import DRAIN_EVENTS, ERASE_PERSONS, MOST_DAYS, TAKE_IN, days_left
from netflix_pipeline.defs.landing import look, recall, remember, run_key
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import drained, is_worth_draining
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

NEWEST_DAYS = 3

TRIED_AGAIN_AFTER = 300
"""Seconds after which a drain or an erasure that failed is asked for again."""

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def nightly(settings: Settings, job: Job) -> dg.ScheduleDefinition:
    """Each night the newest days are built again, and the snapshot is published."""

    @dg.schedule(
        job=job,
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Builds the newest {NEWEST_DAYS} days with data again and publishes.",
    )
    def newest_days() -> dg.RunRequest | dg.SkipReason:
        days = Lake(settings.lake).partitions("bronze/watch_events")[-NEWEST_DAYS:]
        if not days:
            return dg.SkipReason("there is no data yet")
        return dg.RunRequest(
            tags={RANGE_START: days[0].isoformat(), RANGE_END: days[-1].isoformat()},
            run_config={"ops": {STEP: {"config": {"empty_days": False}}}},
        )

    return newest_days


def landing(settings: Settings, job: dg.JobDefinition) -> dg.SensorDefinition:
    """Asks for a run of `take_in` for the files of the landing folder that are whole."""

    @dg.sensor(
        job=job,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Files in the landing folder, once they are whole. Names that begin with a "
        "dot or end in .tmp, .part or .crdownload are left alone. One run at a time takes many; "
        "what stays behind is asked for again after some minutes.",
    )
    def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = time.time()
        whole, seen = look(settings.landing, recall(context.cursor), now)
        cursor = remember(seen)
        if not whole:
            return dg.SensorResult(cursor=cursor)
        if _is_under_way(context.instance, TAKE_IN):
            return dg.SensorResult(skip_reason="a run takes files in", cursor=cursor)
        paths = [file.path for file in whole]
        request = dg.RunRequest(
            run_key=f"{run_key(whole)}:{now // TRIED_AGAIN_AFTER:.0f}",
            run_config={"ops": {"take_files": {"config": {"paths": paths}}}},
        )
        return dg.SensorResult(run_requests=[request], cursor=cursor)

    return landing


def events(settings: Settings, job: dg.JobDefinition) -> dg.SensorDefinition:
    """Asks for a run of `drain_events` when the event log holds what is not in bronze."""

    @dg.sensor(
        name="events",
        job=job,
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Events in the log that are not in bronze yet. One run at a time takes all "
        f"that there is and builds up to {MOST_DAYS} days, the newest first; the next builds the "
        "others. Where one failed, another is asked for after some minutes.",
    )
    def events(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        with existing_log(settings) as log:
            if log is None:
                return dg.SkipReason("nobody sent an event yet")
            name, last = log.id, log.last()
            worth = is_worth_draining(log, drained(Lake(settings.lake), name))
        if _is_under_way(context.instance, DRAIN_EVENTS):
            return dg.SkipReason("a run takes them in")
        if not worth:
            if (left := days_left(context.instance)) is not None:
                return dg.RunRequest(run_key=f"days left by {left[0]}")
            return dg.SkipReason(f"all events up to request {last} are in bronze, or canaries")
        return dg.RunRequest(run_key=f"{name}:{last}:{time.time() // TRIED_AGAIN_AFTER:.0f}")

    return events


def erasures(settings: Settings, job: dg.JobDefinition) -> dg.SensorDefinition:
    """Asks for a run of `erase_persons` when somebody is marked and not erased yet."""

    @dg.sensor(
        name="erasures",
        job=job,
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Persons who are to be erased. One run at a time takes all; where one failed, "
        "another is asked for after some minutes.",
    )
    def erasures(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        waiting = waiting_since(settings)
        if waiting is None:
            return dg.SkipReason("nobody is to be erased")
        if _is_under_way(context.instance, ERASE_PERSONS):
            return dg.SkipReason("a run erases them")
        return dg.RunRequest(
            run_key=f"{waiting.isoformat()}:{time.time() // TRIED_AGAIN_AFTER:.0f}"
        )

    return erasures


def _is_under_way(instance: dg.DagsterInstance, job_name: str) -> bool:
    """Whether a run is queued or under way; one that was killed looks so only for a while.

    Also one that told of itself when the clock ran far ahead, which was set back since.
    """
    now, a_while = datetime.now(UTC), timedelta(seconds=TRIED_AGAIN_AFTER)
    recent = dg.RunsFilter(
        job_name=job_name,
        statuses=UNDER_WAY,
        updated_after=now - a_while,
        updated_before=now + a_while,
    )
    return instance.get_runs_count(recent) > 0
