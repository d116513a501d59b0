"""The job of each night that takes away what was kept for long enough: records, files, objects.

What does so is imported when it runs: Dagster loads the definitions without its storages.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of an op as objects.

from datetime import UTC, datetime, timedelta

import dagster as dg

from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

PURGE = "purge_run_history"
"""The name of the job."""


@dg.op
def purge_old_records(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Take away what is older than the settings say, and tell how much."""
    from netflix_pipeline.defs.run_history import purge
    from netflix_pipeline.ingest.landed_files import purge_landed

    if settings.landed_days:
        gone = purge_landed(settings, settings.landed_days, datetime.now(UTC).date())
        files, size = sum(each.files for each in gone), sum(each.size for each in gone)
        context.log.info("%d files that were taken in are gone, of %d bytes", files, size)
    if not settings.run_history_days:
        context.log.info("NETFLIX_RUN_HISTORY_DAYS is 0: all is kept")
        return
    before = datetime.now(UTC) - timedelta(days=settings.run_history_days)
    purged = purge(context.instance, before)
    context.log.info(
        "of before %s UTC: %d runs, %d events, %d results of checks and %d files of logs are gone",
        f"{before:%Y-%m-%d %H:%M}",
        purged.runs,
        purged.events,
        purged.checks,
        purged.files,
    )


@dg.op
def purge_unnamed_objects(
    context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]
) -> None:
    """Take away what writers left in the store of the lake that were killed."""
    gone = Lake.of(settings).purge_unnamed()
    size = sum(each.size for each in gone)
    context.log.info("%d objects that nothing names are gone, of %d bytes", len(gone), size)


@dg.job(
    name=PURGE,
    description="Takes away what Dagster recorded more than NETFLIX_RUN_HISTORY_DAYS ago, and "
    "files that were taken in more than NETFLIX_LANDED_DAYS ago, and what dead writers left in the "
    "store of the lake. What each partition is made of, and what its checks said last, stays.",
)
def purge_run_history() -> None:
    """The job that the night starts."""
    purge_old_records()
    purge_unnamed_objects()


@dg.schedule(
    job=purge_run_history,
    cron_schedule="30 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night, what was recorded of runs long ago is taken away.",
)
def old_records() -> dg.RunRequest:
    """Each night, at a time at which the newest days are built."""
    return dg.RunRequest()
