"""What starts runs by itself: the night, files, events that come in, who asks to be forgotten.

What a sensor looks with is imported when it looks: runs load the definitions, and look at nothing.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of a sensor as objects.

import json
import time
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from netflix_pipeline.defs.assets import DRAIN_EVENTS, days_left
from netflix_pipeline.defs.jobs import ERASE_PERSONS, LEARN, MATERIALIZE, MOST_DAYS, TAKE_IN, config
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

TRIED_AGAIN_AFTER = 300
"""Seconds after which a drain or an erasure that failed is asked for again."""

LONGEST_REST = 600.0
"""Seconds for which events wait at most after a run: one that was cut off with its machine, or
whose clock was set meanwhile, looks as if it had taken hours."""

QUIET = 60.0
"""Seconds after a publish in which another may follow, such as those of a day's files."""

BACKFILLS = 50
"""The newest backfills that are looked at."""

WATCHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
"""Runs after which Dagster's daemon looks: one that is queued begins some day, or fails."""
UNDER_WAY = [*WATCHED, dg.DagsterRunStatus.NOT_STARTED]


@dg.schedule(
    job_name=MATERIALIZE,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Builds the newest days with data again, or those of NETFLIX_NIGHTLY_DAYS, and "
    "publishes. For other days, start a backfill of the job.",
)
def newest_days(settings: dg.ResourceParam[Settings]) -> dg.RunRequest | dg.SkipReason:
    """Each night the newest days are built again, and the snapshot is published."""
    days = Lake.of(settings).partitions("bronze/watch_events")
    first, is_range, last = settings.nightly_days.partition("..")
    if is_range:
        days = [day for day in days if first <= day.isoformat() <= last]
    elif first != "all":
        days = days[-int(first) :]
    if not days:
        return dg.SkipReason("there is no data yet of the days in NETFLIX_NIGHTLY_DAYS")
    return dg.RunRequest(
        tags={
            ASSET_PARTITION_RANGE_START_TAG: days[0].isoformat(),
            ASSET_PARTITION_RANGE_END_TAG: days[-1].isoformat(),
        },
        run_config=config(only_pending=False),
    )


@dg.sensor(
    job_name=TAKE_IN,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Files in the landing folder, once they are whole. Names that begin with a "
    "dot or end in .tmp, .part or .crdownload are left alone. One run at a time takes many; "
    "what stays behind is asked for again after some minutes.",
)
def landing(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SensorResult:
    """Asks for a run of `take_in` for the files of the landing folder that are whole."""
    from netflix_pipeline.defs.landing import look, recall, remember, run_key

    _looked(settings, "landing")
    now = time.time()
    whole, seen = look(settings.landing, recall(context.cursor), now)
    cursor = remember(seen)
    if not whole:
        why = f"files that are not whole yet: {len(seen)}" if seen else "no file is there"
        return dg.SensorResult(skip_reason=why, cursor=cursor)
    if _is_under_way(context.instance, TAKE_IN):
        return dg.SensorResult(skip_reason="a run takes files in", cursor=cursor)
    request = dg.RunRequest(
        run_key=_key(run_key(whole)),
        run_config=config(files=[file.path for file in whole]),
    )
    return dg.SensorResult(run_requests=[request], cursor=cursor)


@dg.sensor(
    job_name=DRAIN_EVENTS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Events in the log that are not in bronze yet. One run at a time takes all "
    f"that there is and builds up to {MOST_DAYS} days, the newest first; the next builds the "
    "others. After a run events wait for as long again as it took (10 minutes at most), so that "
    "builds leave half of the time to those who ask. Where one failed, another is asked for after "
    "some minutes.",
)
def events(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run of `drain_events` when the event log holds what is not in bronze."""
    from netflix_pipeline.eventlog import existing_log
    from netflix_pipeline.ingest import drained, is_worth_draining

    _looked(settings, "events")
    with existing_log(settings) as log:
        if log is None:
            return dg.SkipReason("nobody sent an event yet")
        name, last = log.id, log.last()
        done = drained(Lake.of(settings), name)
        worth = is_worth_draining(log, done)
    if _is_under_way(context.instance, DRAIN_EVENTS):
        return dg.SkipReason("a run takes them in")
    left = None if worth else days_left(context.instance)
    if not worth and left is None:
        return dg.SkipReason(f"all events up to request {last} are in bronze, or canaries")
    rest = 0.0 if left else _rest(context.instance, DRAIN_EVENTS)
    if rest:
        return dg.SkipReason(f"the next run is for {rest:.0f} seconds later, as the last took long")
    return dg.RunRequest(
        run_key=f"days left by {left[0]}" if left else _key(f"{name}:{last}"),
        run_config=config(events=True),
    )


@dg.sensor(
    job_name=ERASE_PERSONS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Persons who are to be erased. One run at a time takes all; where one failed, "
    "another is asked for after some minutes.",
)
def erasures(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run of `erase_persons` when somebody is marked and not erased yet."""
    from netflix_pipeline.defs.erasing import waiting_since

    _looked(settings, "erasures")
    waiting = waiting_since(settings)
    if waiting is None:
        return dg.SkipReason("nobody is to be erased")
    if _is_under_way(context.instance, ERASE_PERSONS):
        return dg.SkipReason("a run erases them")
    return dg.RunRequest(run_key=_key(waiting.isoformat()), run_config=config(erase=True))


@dg.sensor(
    job_name=MATERIALIZE,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Backfills that have ended, whose days workers shared. Days at the edge of a share "
    "look at days of others, which may have been built later: those are built once more; weekly "
    "tables follow, and all is published.",
)
def cut_backfills(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SensorResult:
    """Asks for a run over what is pending once the last run of a backfill has ended."""
    from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionsFilter

    _looked(settings, "cut_backfills")
    ended = [
        backfill.backfill_id
        for backfill in context.instance.get_backfills(
            filters=BulkActionsFilter(statuses=[*BULK_ACTION_TERMINAL_STATUSES]),
            limit=BACKFILLS,
        )
    ]
    cursor = json.dumps(ended)
    if context.cursor is None:  # those that ended before anybody looked
        return dg.SensorResult(skip_reason="it looks for those that end from now on", cursor=cursor)
    known = json.loads(context.cursor)
    new = [each for each in ended if each not in known]
    if not new:
        return dg.SensorResult(skip_reason="no backfill has ended", cursor=cursor)
    request = dg.RunRequest(run_key=f"behind {new[0]}", run_config=config())
    return dg.SensorResult(run_requests=[request], cursor=cursor)


@dg.sensor(
    job_name=LEARN,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A published snapshot at whose origin a model has not spoken yet. It waits until "
    "the snapshot is a minute old and no run is under way that will publish another.",
)
def learning(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run of `learn` when the models have not spoken at the origin of now."""
    from netflix_pipeline.intelligence.origins import due_origin, missing

    _looked(settings, "learning")
    try:
        published = (settings.serving / "current.duckdb").stat().st_mtime
    except FileNotFoundError:
        return dg.SkipReason("nothing is published yet")
    if time.time() - published < QUIET:
        return dg.SkipReason("the snapshot is not a minute old")
    lake = Lake.of(settings)
    origin = due_origin(lake)
    waiting = missing(lake, origin) if origin else []
    if not waiting:
        return dg.SkipReason(f"all models have spoken at {origin}" if origin else "no plays yet")
    if any(_is_under_way(context.instance, job) for job in (MATERIALIZE, TAKE_IN, LEARN)):
        return dg.SkipReason("a run is under way")
    return dg.RunRequest(run_key=_key(f"learn {origin}"))


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells Prometheus and the built-in watch how runs, daemons, sensors and schedules "
    "are, and which days wait to be built. It asks for no runs.",
)
def monitoring(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SkipReason:
    """Tells what is alerted of where runs fail, hang or do not come."""
    from netflix_pipeline.defs.run_report import tell_monitoring

    _looked(settings, "monitoring")
    tell_monitoring(settings, context.instance)
    return dg.SkipReason("it only tells")


def _looked(settings: Settings, sensor: str) -> None:
    """Tell that a sensor looked: one that does not is alerted of."""
    from netflix_pipeline.monitoring import sensor_looked

    sensor_looked(settings, sensor)


def _key(of: str) -> str:
    """The key of a run, which is asked for again after a while where it failed."""
    return f"{of}:{time.time() // TRIED_AGAIN_AFTER:.0f}"


def _rest(instance: dg.DagsterInstance, job_name: str) -> float:
    """Seconds until the last run has been over for as long as it took, or for `LONGEST_REST`."""
    ended = dg.RunsFilter(job_name=job_name, statuses=FINISHED_STATUSES)
    for record in instance.get_run_records(ended, limit=1):
        if record.start_time and record.end_time:
            over = time.time() - record.end_time
            if over >= 0:  # else the clock was set back since
                took = min(record.end_time - record.start_time, LONGEST_REST)
                return max(took - over, 0.0)
    return 0.0


def _is_under_way(instance: dg.DagsterInstance, job_name: str) -> bool:
    """Whether a run is queued or under way, however long it takes.

    One that was killed is ended by Dagster's monitoring, where that is on. Else it looks so only
    for a while, as does one that nobody came to queue, and one that told of itself when the clock
    ran far ahead, which was set back since.
    """
    now, a_while = datetime.now(UTC), timedelta(seconds=TRIED_AGAIN_AFTER)
    watched = WATCHED if instance.run_monitoring_enabled else []
    looks: list[tuple[list[dg.DagsterRunStatus], datetime | None]]
    looks = [(watched, None), (UNDER_WAY, now - a_while)]
    return any(
        instance.get_runs_count(
            dg.RunsFilter(
                job_name=job_name,
                statuses=statuses,
                updated_after=since,
                updated_before=now + a_while,
            )
        )
        for statuses, since in looks
        if statuses
    )
