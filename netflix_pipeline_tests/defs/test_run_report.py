"""How runs are and what waits to be built is told, and alerted of where it is not well."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._daemon.types import DaemonHeartbeat

from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.run_report import run_report, tell_monitoring
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize.pending_report import LOOK_EVERY, SHARE, report_pending
from netflix_pipeline.monitoring import (
    RunReport,
    alert_report,
    sensor_looked,
    told_pending,
    told_runs,
)
from netflix_pipeline.monitoring.watch import Watch
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, damage, from_day
from netflix_pipeline_tests.support.days import Watch as Watched
from netflix_pipeline_tests.support.instigators import origin
from netflix_pipeline_tests.support.processes import served

DRAIN = "drain_events"
NONE = {"success": 0, "failure": 0, "canceled": 0}


def begun(
    home: Settings, instance: dg.DagsterInstance, status: str = "STARTED", of: str = DRAIN
) -> dg.DagsterRun:
    job = definitions(home).resolve_job_def(of)
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus[status])


def test_runs_are_counted_once_by_how_they_ended(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    begun(home, instance, "SUCCESS")
    report = run_report(instance, RunReport(), time.time())
    assert report.ended[DRAIN] == NONE  # what ended before anybody counted
    assert report.succeeded[DRAIN] > time.time() - 60
    run = begun(home, instance)
    report = run_report(instance, report, time.time())
    assert report.begun.keys() == {DRAIN}
    assert abs(report.begun[DRAIN] - time.time()) < 60
    instance.report_run_failed(run)
    for _ in range(2):
        report = run_report(instance, report, time.time())
        assert report.ended[DRAIN]["failure"] == 1
        assert report.begun == {}
        assert abs(report.failed[DRAIN] - time.time()) < 60
    instance.add_run_tags(run.run_id, {"looked_at": "yes"})
    report = run_report(instance, report, time.time())
    assert report.ended[DRAIN]["failure"] == 1
    assert report.ended.keys() == {"materialize", "take_in", DRAIN, "erase_persons"}
    begun(home, instance, "CANCELED")
    report = run_report(instance, report, time.time())
    assert report.failed.keys() == {DRAIN}
    begun(home, instance, "SUCCESS")
    report = run_report(instance, report, time.time())
    assert report.failed == {}


LANDING = InstigatorState(
    origin("landing"), InstigatorType.SENSOR, InstigatorStatus.RUNNING, SensorInstigatorData()
)
NIGHTLY = InstigatorState(
    origin("newest_days"),
    InstigatorType.SCHEDULE,
    InstigatorStatus.RUNNING,
    ScheduleInstigatorData("0 2 * * *"),
)


def succeeded(at: float | None) -> InstigatorState:
    """The sensor, which came to its end at that time."""
    return LANDING.with_data(SensorInstigatorData(last_tick_success_timestamp=at))


def due(instance: dg.DagsterInstance, at: float) -> None:
    """The schedule was looked at."""
    of = NIGHTLY.instigator_origin_id, NIGHTLY.instigator_name, NIGHTLY.instigator_type
    tick = TickData(*of, TickStatus.SUCCESS, at, run_ids=[], selector_id=NIGHTLY.selector_id)
    instance.create_tick(tick)


def test_sensors_schedules_and_daemons_are_told_by_when_they_did_their_work(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    for daemon in ("SENSOR", "GONE_SINCE"):
        instance.add_daemon_heartbeat(DaemonHeartbeat(100.0, daemon, None))
    sensor = definitions(home).resolve_sensor_def("monitoring")
    with dg.build_sensor_context(instance, resources={"settings": home}) as context:
        assert not sensor.evaluate_tick(context).run_requests
    report = told_runs(home)
    assert (report.heartbeats, report.sensors, report.schedules) == ({"SENSOR": 100.0}, {}, {})
    instance.add_instigator_state(succeeded(50.0))
    report = run_report(instance, report, time.time())
    assert report.sensors == {"landing": 50.0}
    # While it is looked at, or after a failure, its time stays.
    instance.update_instigator_state(succeeded(None))
    report = run_report(instance, report, time.time())
    assert report.sensors == {"landing": 50.0}
    instance.update_instigator_state(succeeded(90.0).with_status(InstigatorStatus.STOPPED))
    assert run_report(instance, report, time.time()).sensors == {}
    instance.add_instigator_state(NIGHTLY)
    due(instance, 10.0)
    due(instance, 20.0)
    assert run_report(instance, report, time.time()).schedules == {"newest_days": 20.0}


def test_what_waits_is_told_since_it_does(home: Settings, watched: Watched) -> None:
    watched(from_day(FIRST, 3))
    now = time.time()
    first = report_pending(home, lambda: now)
    plays = first.tables["silver/plays"]
    assert (plays.partitions, set(plays.since.values())) == (3, {now})
    assert first.tables["gold/top10_weekly"].partitions == 0
    watched(from_day(FIRST, 5))
    assert report_pending(home, lambda: now + LOOK_EVERY - 1) == first
    later = report_pending(home, lambda: now + LOOK_EVERY)
    plays = later.tables["silver/plays"]
    assert plays.partitions == 5
    assert sorted(plays.since.values()) == [now] * 3 + [now + LOOK_EVERY] * 2
    materialize(home)
    lake = Lake.of(home)
    told = told_pending(home)
    assert told.looked_at > later.looked_at - LOOK_EVERY
    assert report_pending(home, lambda: now + 3 * LOOK_EVERY).tables == told.tables
    done = told.tables["silver/plays"]
    assert (done.partitions, done.since) == (0, {})
    lake.mark_stale("silver/plays", FIRST, "somebody says so")
    again = report_pending(home, lambda: now + 5 * LOOK_EVERY).tables["silver/plays"]
    assert again.since == {str(FIRST): now + 5 * LOOK_EVERY}


def test_nothing_waits_where_nothing_came(home: Settings) -> None:
    assert not any(table.partitions for table in report_pending(home).tables.values())


def test_a_look_that_takes_long_is_followed_by_a_long_pause(
    home: Settings, watched: Watched
) -> None:
    watched([FIRST])
    clock = iter([1e9, 1e9 + 10])
    first = report_pending(home, lambda: next(clock))
    assert first.seconds == 10.0
    assert report_pending(home, lambda: 1e9 + 10 / SHARE - 1) == first
    assert report_pending(home, lambda: 1e9 + 10 / SHARE).looked_at == 1e9 + 10 / SHARE


def looked_until(watch: Watch, home: Settings, *names: str, fire: bool) -> None:
    told: set[str] = set()
    for _ in range(400):
        watch.look()
        told = {each.name for each in alert_report(home, datetime.now(UTC)).firing}
        if all((name in told) == fire for name in names):
            return
        time.sleep(0.02)
    raise AssertionError(told)


def test_runs_that_fail_or_hang_and_days_that_nobody_builds_are_alerted_of(
    home: Settings, instance: dg.DagsterInstance, watched: Watched, tmp_path: Path
) -> None:
    watched([FIRST])
    hanging, now = begun(home, instance), time.time()
    instance.add_daemon_heartbeat(DaemonHeartbeat(now, "SENSOR", None))
    instance.add_instigator_state(succeeded(now))
    instance.add_instigator_state(NIGHTLY)
    due(instance, now)
    tell_monitoring(home, instance)
    late = "RunStuck", "PartitionOverdue", "DaemonStalled", "SensorFails", "ScheduleMissed"
    with served("api", home, tmp_path / "api.log") as (address, _):

        def watching(speed: float) -> closing[Watch]:
            settings = home.model_copy(update={"alert_speed": speed})
            return closing(Watch(settings, {"api": address}))

        with watching(20_000) as watch:  # a day is some four seconds
            looked_until(watch, home, *late, fire=True)
        instance.report_run_canceled(hanging)
        assert materialize(home).success
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() + 60, "SENSOR", None))
        instance.update_instigator_state(succeeded(time.time()))
        (home.monitoring / "pending.json").unlink()
        tell_monitoring(home, instance)
        assert told_pending(home).tables["silver/plays"].partitions == 0
        with watching(60) as watch:
            looked_until(watch, home, *late, fire=False)
            damage(Lake.of(home), FIRST)
            assert not materialize(home).success
            looked_until(watch, home, "RunFailed", "CheckFailed", fire=True)
            begun(home, instance, "SUCCESS", of="materialize")
            tell_monitoring(home, instance)
            looked_until(watch, home, "RunFailed", fire=False)
        with watching(20_000) as watch:
            sensor_looked(home, "monitoring")
            watch.look()
            (home.monitoring / "runs.json").write_text('{"ended": ')
            looked_until(watch, home, "RunsNotTold", fire=True)
