"""Jobs beside the assets: files and events are taken in, persons are erased; each then builds."""

# No `from __future__ import annotations`: Dagster reads the annotations of an op as objects.

import time
from collections.abc import Iterator
from datetime import date

import dagster as dg

from netflix_pipeline.defs.asset_specs import TABLES, first_day
from netflix_pipeline.defs.build_run import BuildRun, Event
from netflix_pipeline.defs.checks import BRONZE_CHECKS, CHECKS
from netflix_pipeline.defs.erasing import begin, finish
from netflix_pipeline.defs.instance import ONE_AT_A_TIME
from netflix_pipeline.defs.landing import set_aside, take
from netflix_pipeline.defs.reload import reload_code_location
from netflix_pipeline.errors import BadInput, Transient, ends_one
from netflix_pipeline.ingest import FileResult, drain_home
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import pending_days
from netflix_pipeline.settings import Settings

TAKE_IN = "take_in"
DRAIN_EVENTS = "drain_events"
ERASE_PERSONS = "erase_persons"

TAKES_FOR = 60.0
"""Seconds after which a run that takes files in leaves the rest to the next one, and builds."""

MOST_DAYS = 31
"""Days that a run builds after a drain, the newest first: the others are left to the next one."""

DAYS_LEFT = "netflix_pipeline/days_left"
"""The tag of a run that leaves days to the next one."""


class Landed(dg.Config):
    """Files, by their places below the landing folder."""

    paths: list[str]


def take_in_job(settings: Settings) -> dg.JobDefinition:
    """Takes in files that landed, then builds and publishes what follows from them."""

    @dg.op(
        out={},
        description="Ingests files, moves each to landed/ or refused/, and builds what follows.",
    )
    def take_files(context: dg.OpExecutionContext, config: Landed) -> Iterator[Event]:
        first = first_day(Lake(settings.lake))
        taken = 0
        failures: list[str] = []
        later: Transient | None = None
        until = time.monotonic() + TAKES_FOR
        for number, place in enumerate(config.paths):
            if number and time.monotonic() > until:
                left = len(config.paths) - number
                context.log.info("%d files are left to the next run", left)
                break
            try:
                taken += _take_one(settings, context, place)
            except Transient as error:
                later = error
                context.log.warning("%s stays for another try: %s", place, error)
            except (BadInput, OSError) as error:
                failures.append(f"{place}: {error}")
                context.log.error("%s stays: %s", place, error)  # noqa: TRY400 (it tells it all)
        if later is not None and not taken:
            raise dg.RetryRequested(max_retries=5, seconds_to_wait=30) from later
        if taken:
            yield from _what_follows(settings, context, first)
        if failures:
            raise dg.Failure("; ".join(failures[:10]), allow_retries=False)

    @dg.job(
        name=TAKE_IN,
        tags={ONE_AT_A_TIME: "landing"},
        description="Takes in files that landed, builds what follows from them and publishes.",
    )
    def job() -> None:
        take_files()

    return job


def _take_one(settings: Settings, context: dg.OpExecutionContext, place: str) -> bool:
    """Take in or refuse a file; whether anything is to be built then."""
    try:
        taken = take(settings, place)
    except BaseException as error:
        if not ends_one(error) or isinstance(error, (Transient, BadInput, OSError)):
            raise
        context.log.exception("%s is set aside", place)
        taken = set_aside(settings, place, error)
    if taken is None:
        context.log.info("%s is no longer there: nothing to do", place)
        return False
    if taken.result is None:
        context.log.warning("refused, now %s: %s", taken.path, taken.reason)
        return False
    context.log.info("now %s: %s", taken.path, summary(taken.result))
    return True


def drain_job(settings: Settings) -> dg.JobDefinition:
    """Takes in what the event log holds, then builds and publishes what follows from it."""

    @dg.op(
        out={},
        name="drain_log",
        description="Moves what the event log holds into bronze, and builds what follows.",
    )
    def drain_log(context: dg.OpExecutionContext) -> Iterator[Event]:
        first = first_day(Lake(settings.lake))
        try:
            results = drain_home(settings)
        except Transient as error:
            raise dg.RetryRequested(max_retries=5, seconds_to_wait=30) from error
        for result in results:
            (context.log.error if result.note else context.log.info)(
                "%s: %s", result.batch, summary(result)
            )
        yield from _what_follows(settings, context, first, _newest_days(settings, context))

    @dg.job(
        name=DRAIN_EVENTS,
        description="Takes in the events of the log, builds what follows from them and publishes.",
    )
    def job() -> None:
        drain_log()

    return job


def _newest_days(settings: Settings, context: dg.OpExecutionContext) -> list[date] | None:
    """The days that this run builds after a drain; None for all that are pending.

    What it leaves is noted as its tag. Where that is no less than the run before left, because
    days cannot be built and stay pending, all are tried.
    """
    days = pending_days(Lake(settings.lake))
    left = len(days) - MOST_DAYS
    before = days_left(context.instance, but=context.run_id)
    if left <= 0 or (before is not None and left >= before[1]):
        return None
    context.log.info("%d days are left to the next run", left)
    context.instance.add_run_tags(context.run_id, {DAYS_LEFT: str(left)})
    return days[-MOST_DAYS:]


def days_left(instance: dg.DagsterInstance, but: str = "") -> tuple[str, int] | None:
    """The newest drain, other than one, and the days that it left; None where it left none."""
    runs = instance.get_runs(dg.RunsFilter(job_name=DRAIN_EVENTS), limit=2)
    newest = next((run for run in runs if run.run_id != but), None)
    left = newest.tags.get(DAYS_LEFT) if newest else None
    return (newest.run_id, int(left)) if newest and left else None


def _what_follows(
    settings: Settings,
    context: dg.OpExecutionContext,
    first: date,
    days: list[date] | None = None,
) -> Iterator[Event]:
    """Build what is pending, of some days only, and publish.

    `first` is the first day with data until now.
    """
    if first_day(Lake(settings.lake)) < first:
        reload_code_location(settings)
    yield from BuildRun(
        settings,
        tables=TABLES,
        days=days,
        only_pending=True,
        checks=set(CHECKS) - BRONZE_CHECKS,
        log=context.log.info,
    ).events()


def summary(result: FileResult) -> str:
    """What became of a file's rows, in one line."""
    return (
        f"{result.received} rows received, {result.stored} stored, {result.duplicate} duplicate, "
        f"{result.quarantined} quarantined, {result.erased} erased. "
        f"{result.dates} {result.note}".strip()
    )


def erase_job(settings: Settings) -> dg.JobDefinition:
    """Erases the persons who are marked, and brings all that follows from their rows up to date."""

    @dg.op(
        out={},
        name="erase_marked",
        description="Takes persons out of log, files and bronze, builds what follows, publishes a "
        "snapshot without them, and forgets their ids.",
    )
    def erase_marked(context: dg.OpExecutionContext) -> Iterator[Event]:
        first = first_day(Lake(settings.lake))
        try:
            erasing = begin(settings)
            if erasing is None:
                context.log.info("nobody is to be erased")
                return
            yield from _what_follows(settings, context, first)
            erased = finish(settings, erasing)
            context.log.info("%d rows of %d persons erased", erased.rows, len(erased.users))
            if erased.failures:
                raise dg.Failure("; ".join(erased.failures), allow_retries=False)
        except Transient as error:
            raise dg.RetryRequested(max_retries=5, seconds_to_wait=30) from error

    @dg.job(
        name=ERASE_PERSONS,
        description="Erases the persons who asked for it from all that the home holds.",
    )
    def job() -> None:
        erase_marked()

    return job
