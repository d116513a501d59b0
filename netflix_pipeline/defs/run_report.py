"""How runs, daemons, sensors and schedules are, read from Dagster's instance: a little at a time.

However long the history is, a look reads a bounded number of rows: what ended since the last look,
what is under way, and what Dagster holds one row each of.
"""

import time
from datetime import UTC, datetime

import dagster as dg
from dagster._core.scheduler.instigation import (
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from netflix_pipeline.defs.assets import DRAIN_EVENTS
from netflix_pipeline.defs.jobs import ERASE_PERSONS, MATERIALIZE, TAKE_IN
from netflix_pipeline.materialize.pending_report import report_all_built, report_pending
from netflix_pipeline.monitoring import RunReport, tell_runs, told_runs
from netflix_pipeline.settings import Settings

JOBS = (MATERIALIZE, TAKE_IN, DRAIN_EVENTS, ERASE_PERSONS)
ENDED = {
    dg.DagsterRunStatus.SUCCESS: "success",
    dg.DagsterRunStatus.FAILURE: "failure",
    dg.DagsterRunStatus.CANCELED: "canceled",
}
MOST = 500
"""Runs that a look reads at most, of those that ended and of those that are under way."""
OVERLAP = 60.0
"""Seconds before the last look of which runs are read once more: one may be recorded late."""


def tell_monitoring(
    settings: Settings, instance: dg.DagsterInstance, *, all_built: bool = False
) -> None:
    """Tell how runs are, and what waits to be built; nothing, where a run has just built it all.

    Raises PipelineError, OSError.
    """
    tell_runs(settings, run_report(instance, told_runs(settings), time.time()))
    report = report_all_built if all_built else report_pending
    report(settings)


def run_report(instance: dg.DagsterInstance, before: RunReport, now: float) -> RunReport:
    """What is told now, after what was told before; runs count from the first report on."""
    report = RunReport(
        ended={
            job: dict.fromkeys(ENDED.values(), 0) | before.ended.get(job, {})
            for job in {**dict.fromkeys(JOBS), **before.ended}
        },
        succeeded=dict(before.succeeded),
        failed=dict(before.failed),
        begun=_begun(instance),
        heartbeats=_heartbeats(instance),
    )
    if not before.seen:
        report.succeeded = _succeeded(instance)
    _count_ended(instance, before, report, now)
    _instigators(instance, before, report)
    return report


def _heartbeats(instance: dg.DagsterInstance) -> dict[str, float]:
    """Of the daemons that this instance needs: others may have left theirs long ago."""
    told = instance.get_daemon_heartbeats()
    needed = instance.get_required_daemon_types() if told else ()
    return {daemon: told[daemon].timestamp for daemon in needed if daemon in told}


def _succeeded(instance: dg.DagsterInstance) -> dict[str, float]:
    """When the newest run of each job ended that succeeded before anybody counted."""
    found = {}
    for job in JOBS:
        succeeded = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
        for record in instance.get_run_records(succeeded, limit=1):
            found[job] = record.end_time or record.update_timestamp.timestamp()
    return found


def _count_ended(
    instance: dg.DagsterInstance, before: RunReport, report: RunReport, now: float
) -> None:
    """Count the runs that ended since, each once: one that is tagged later is recorded again."""
    report.seen, report.counted = before.seen or now, dict(before.counted)
    since = report.seen - OVERLAP
    ended = dg.RunsFilter(statuses=[*ENDED], updated_after=datetime.fromtimestamp(since, UTC))
    records = instance.get_run_records(
        ended, limit=MOST, order_by="update_timestamp", ascending=True
    )
    for record in records:
        run, recorded_at = record.dagster_run, record.update_timestamp.timestamp()
        ended_at = record.end_time or recorded_at
        report.seen = max(report.seen, recorded_at)
        if ended_at > since and run.run_id not in report.counted:
            report.counted[run.run_id] = ended_at
            if not before.seen:
                continue
            status = ENDED[run.status]
            of_job = report.ended.setdefault(run.job_name, dict.fromkeys(ENDED.values(), 0))
            of_job[status] += 1
            if run.is_success:
                report.succeeded[run.job_name] = ended_at
                report.failed.pop(run.job_name, None)
            elif run.is_failure:
                report.failed[run.job_name] = ended_at
    kept = report.seen - 2 * OVERLAP
    report.counted = {run: at for run, at in report.counted.items() if at > kept}


def _begun(instance: dg.DagsterInstance) -> dict[str, float]:
    """When the run of each job began, or was asked for, that has been under way longest."""
    records = instance.get_run_records(
        dg.RunsFilter(statuses=NOT_FINISHED_STATUSES), limit=MOST, ascending=True
    )
    begun: dict[str, float] = {}
    for record in records:
        job, at = record.dagster_run.job_name, record.start_time
        at = at or record.create_timestamp.timestamp()
        begun[job] = min(at, begun.get(job, at))
    return begun


def _instigators(instance: dg.DagsterInstance, before: RunReport, report: RunReport) -> None:
    """Sensors and schedules that are not stopped; while one is looked at, its time stays."""
    states = [
        state
        for state in instance.all_instigator_state()
        if state.status is not InstigatorStatus.STOPPED
    ]
    for state in states:
        name, data = state.instigator_name, state.instigator_data
        if state.instigator_type is InstigatorType.SCHEDULE:
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
            for tick in ticks:
                report.schedules[name] = tick.timestamp
        elif isinstance(data, SensorInstigatorData):
            at = data.last_tick_success_timestamp or before.sensors.get(name)
            if at:
                report.sensors[name] = at
