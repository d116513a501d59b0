"""One run in this process, recorded like every other: what the command `materialize` does."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import dagster as dg
import psutil
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.execution.api import execute_run
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    MAX_RETRIES_TAG,
    USER_TAG,
)

from netflix_pipeline.defs.asset_specs import SNAPSHOT, by_event_day, key
from netflix_pipeline.defs.assets import NotPublished
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.erasing import ErasureRun, begin, finish
from netflix_pipeline.defs.events import name_of, why_not_stored
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import LEARN, MATERIALIZE, config
from netflix_pipeline.defs.reload import first_day, reloading
from netflix_pipeline.defs.resources import OnBuilt, ignore
from netflix_pipeline.defs.run_locks import COMMAND, end_dead
from netflix_pipeline.defs.run_report import tell_monitoring
from netflix_pipeline.defs.traced_runs import tags_of
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError, noted
from netflix_pipeline.eventlog import LogUnavailable
from netflix_pipeline.ingest import drain_home
from netflix_pipeline.intelligence.origins import due_origin, week_known
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Built
from netflix_pipeline.monitoring.tracing import NO_SPAN, span
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import StateUnavailable

STORES = (DamagedFile, LogUnavailable, StateUnavailable)
"""A store that is damaged or away ends what needs it; what can be built is built."""


@dataclass
class RunOutcome:
    """What a run built: its days, rows stored by table, and what was not published.

    `days` are days of events: what is kept by day of arrival is told in `rows` alone. `violations`
    has a sentence for each partition that broke its contract or could not be built, `failures` for
    what else was set aside on the way; `snapshot` is the version that is served now, `seconds` what
    the run took by Dagster's own record. `erasure` tells of persons who were erased, None where
    nobody was pending.
    """

    run_ids: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    snapshot: int | None = None
    success: bool = False
    seconds: float = 0.0
    erasure: ErasureRun | None = None


def materialize(
    settings: Settings,
    *,
    first: date | None = None,
    last: date | None = None,
    everything: bool = False,
    command: str = MATERIALIZE,
    progress: OnBuilt = ignore,
    waiting: Callable[[], None] | None = None,
) -> RunOutcome:
    """Build and publish in one recorded run: what is pending, or the days asked, or everything.

    Without a range, what the event log holds is taken in before, and persons who are marked are
    erased; `waiting` is called once when another ingest must end first. The run belongs to the job
    of Dagster's services, with `command` and the user as tags. `progress` hears of each partition.
    Raises what the run raises; a broken contract is no error, nor is a partition that could not be
    built or what else was set aside: the others are published and `success` is False.
    """
    erasing = None
    outcome = RunOutcome()
    cause = NO_SPAN
    if not (first or last):
        with noted(outcome.failures, *STORES), reloading(settings):
            with span(settings, f"netflix-pipeline {command}") as cause:
                taken = drain_home(settings, waiting=waiting)
            outcome.failures += [result.note for result in taken if result.note]
        with noted(outcome.failures, *STORES):
            erasing = begin(settings, waiting)
    days: set[date] = set()

    def note(built: Built) -> None:
        if built.good:
            outcome.rows[built.table] = outcome.rows.get(built.table, 0) + built.rows
            if built.partition is not None and by_event_day(built.table):
                days.add(built.partition)
        else:
            outcome.violations.append(_sentence(built))
        progress(built)

    errors: list[BaseException] = []

    @dg.failure_hook
    def note_error(context: dg.HookContext) -> None:
        if context.op_exception is not None and not isinstance(context.op_exception, NotPublished):
            errors.append(context.op_exception)

    tags = _range(settings, first, last) if first or last else {}
    # All in this process, which hears of each partition.
    own = settings.model_copy(update={"stage_processes": 0})
    job = definitions(own, note).resolve_job_def(MATERIALIZE).with_hooks({note_error})
    with open_instance(settings) as instance:
        end_dead(instance)
        run = instance.create_run_for_job(
            job,
            run_config={
                **config(only_pending=not (tags or everything)),
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            # Whoever started it sees how it ends: nobody else tries it again.
            tags={
                **tags,
                **tags_of(cause),
                COMMAND: f"netflix-pipeline {command}",
                USER_TAG: psutil.Process().username(),
                MAX_RETRIES_TAG: "0",
            },
            remote_job_origin=job_origin(MATERIALIZE),
        )
        try:
            execute_run(InMemoryJob(job), run, instance, raise_on_error=True)
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        for error in errors:
            raise error
        took = instance.get_run_record_by_id(run.run_id)
        succeeded = took is not None and took.dagster_run.is_success
        all_built = succeeded and not (tags or erasing or outcome.violations)
        outcome.snapshot = _snapshot(instance)
        with suppress(PipelineError, OSError):  # the run itself is done
            tell_monitoring(settings, instance, all_built=all_built)
    if took is not None and took.start_time is not None and took.end_time is not None:
        outcome.seconds = took.end_time - took.start_time
    outcome.run_ids = [run.run_id]
    outcome.days = sorted(days)
    if erasing is not None:
        with noted(outcome.failures, *STORES):
            outcome.erasure = finish(settings, erasing)
            outcome.snapshot = outcome.erasure.snapshot
            outcome.failures += outcome.erasure.failures
    outcome.success = succeeded and not outcome.violations and not outcome.failures
    return outcome


def learn(settings: Settings, origin: date | None = None) -> RunOutcome:
    """Let the models speak at an origin (that of now), and publish: one recorded run.

    What they said before stays. `rows` are those that were said, by table.
    """
    outcome, lake = RunOutcome(), Lake.of(settings)
    due = due_origin(lake)
    day = origin or due
    if day is None:
        raise BadInput("nothing was watched yet: ingest files and run netflix-pipeline materialize")
    if not week_known(lake, day):
        raise BadInput(
            f"most of what was watched in the week before {day} came later, so that nothing can be "
            f"said at it: choose another --origin, such as {due}."
        )

    def note(built: Built) -> None:
        if built.good:
            outcome.rows[built.table] = built.rows
        else:
            outcome.violations.append(_sentence(built))

    own = settings.model_copy(update={"stage_processes": 0})
    job = definitions(own, note).resolve_job_def(LEARN)
    with open_instance(settings) as instance:
        end_dead(instance)
        run = instance.create_run_for_job(
            job,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={
                **_range(settings, day, day),
                COMMAND: "netflix-pipeline learn",
                USER_TAG: psutil.Process().username(),
                MAX_RETRIES_TAG: "0",
            },
            remote_job_origin=job_origin(LEARN),
        )
        execute_run(InMemoryJob(job), run, instance, raise_on_error=False)
        took = instance.get_run_record_by_id(run.run_id)
        outcome.snapshot = _snapshot(instance)
    outcome.run_ids, outcome.days = [run.run_id], [day]
    outcome.success = took is not None and took.dagster_run.is_success
    return outcome


def _range(settings: Settings, first: date | None, last: date | None) -> dict[str, str]:
    """The run's tags for a range of days, within those that there can be."""
    begin, end = first_day(Lake.of(settings)), datetime.now(UTC).date()
    first, last = max(first or begin, begin), min(last or end, end)
    if first > last:
        raise BadInput(
            f"there is no day from {first} to {last}: data begins on {begin} and today is {end}."
        )
    return {
        ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: last.isoformat(),
    }


def _snapshot(instance: dg.DagsterInstance) -> int | None:
    event = instance.get_latest_materialization_event(key(SNAPSHOT))
    if event is None or event.asset_materialization is None:
        return None
    version = event.asset_materialization.metadata["version"].value
    assert isinstance(version, int)
    return version


def _sentence(built: Built) -> str:
    told = f"{name_of(built)}: {why_not_stored(built)}"
    if built.problem:
        return told
    return f"{told}, such as {built.violations['example'][0]!r}; its last good version stays."
