"""Events that come in end in the snapshot by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import dagster as dg
import pytest

from netflix_pipeline.defs import jobs, sensors
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.ingest import drained
from netflix_pipeline.ingest.drain import drain
from netflix_pipeline.materialize import Versions, pending_days
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import Events, opened, watch

NOW = datetime.now(UTC)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def taking_in() -> dict[str, Any]:
    """The configuration of the runs that the sensor asks for."""
    return QUIET | jobs.config(events=True)


@pytest.fixture
def events(home: Settings) -> Iterator[Events]:
    with opened(home) as found:
        yield found


def ask(home: Settings, instance: dg.DagsterInstance, cursor: str | None = None) -> list[str]:
    """The keys of the runs that the sensor asks for at a look."""
    sensor = definitions(home).resolve_sensor_def("events")
    with dg.build_sensor_context(instance, cursor, resources={"settings": home}) as context:
        told = sensor.evaluate_tick(context)
    return [request.run_key or "" for request in told.run_requests or []]


def come(events: Events, *names: str) -> int:
    moment = (NOW - timedelta(minutes=5)).isoformat()
    return events.send(*(watch(name, event_time=moment) for name in names), at=NOW)


def test_without_a_log_nothing_is_asked_for_and_none_is_made(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    assert ask(home, instance) == []
    assert not (home.root / "events").exists()


@pytest.mark.parametrize("cursor", [None, "", "lost", '{"a": 1}'])
def test_a_run_is_asked_for_what_is_not_drained_whatever_the_cursor_says(
    events: Events, instance: dg.DagsterInstance, cursor: str | None
) -> None:
    home = events.settings
    assert ask(home, instance, cursor) == []
    last = come(events, "e1")
    (key,) = ask(home, instance, cursor)
    assert key.startswith(f"{events.log.id}:{last}:")
    drain(home, events.log)
    assert ask(home, instance, cursor) == []
    come(events, "e2")
    (other,) = ask(home, instance, cursor)
    assert other != key


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED"])
def test_none_is_asked_for_while_one_is_under_way(
    events: Events, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    home = events.settings
    come(events, "e1")
    job = definitions(home).resolve_job_def("drain_events")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus[status])
    assert ask(home, instance) == []
    instance.report_run_failed(run)
    (failed,) = ask(home, instance)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + sensors.TRIED_AGAIN_AFTER)
    (again,) = ask(home, instance)
    assert again != failed


def moved(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let the sensors' clock be another."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moved:
            return super().now(tz) + by

    monkeypatch.setattr(sensors, "datetime", Moved)


@pytest.mark.parametrize(
    ("status", "watched", "waited_for"),
    [
        ("STARTING", True, True),
        ("STARTED", True, True),
        ("STARTED", False, False),
        ("NOT_STARTED", True, False),
    ],
)
def test_a_run_is_waited_for_for_as_long_as_dagster_looks_after_it(
    events: Events,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    watched: bool,
    waited_for: bool,
) -> None:
    come(events, "e1")
    job = definitions(events.settings).resolve_job_def("drain_events")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus[status])
    assert ask(events.settings, instance) == []
    monkeypatch.setattr(type(instance), "run_monitoring_enabled", watched)
    moved(monkeypatch, timedelta(hours=20))
    assert bool(ask(events.settings, instance)) != waited_for
    instance.report_run_failed(run)  # as its monitoring does with one that was killed
    assert ask(events.settings, instance)


def test_a_run_of_when_the_clock_ran_ahead_is_not_waited_for_until_then(
    events: Events, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(events, "e1")
    job = definitions(events.settings).resolve_job_def("drain_events")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    moved(monkeypatch, timedelta(days=-40))
    assert ask(events.settings, instance)


def test_the_next_run_begins_when_the_last_has_been_over_for_as_long_as_it_took(
    events: Events, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(events, "e1")
    job = definitions(events.settings).resolve_job_def("drain_events")
    assert job.execute_in_process(instance=instance, run_config=taking_in()).success
    (record,) = instance.get_run_records()
    assert record.start_time
    assert record.end_time
    took = record.end_time - record.start_time
    come(events, "e2")
    for over, asked in ((0.1, 0), (0.9, 0), (1.1, 1), (-9, 1)):
        monkeypatch.setattr("time.time", lambda now=record.end_time + over * took: now)
        assert len(ask(events.settings, instance)) == asked, over
    monkeypatch.setattr(sensors, "LONGEST_REST", 0.5 * took)
    monkeypatch.setattr("time.time", lambda now=record.end_time + 0.6 * took: now)
    assert ask(events.settings, instance)


def test_the_job_takes_events_in_builds_and_publishes(events: Events) -> None:
    home = events.settings
    last = come(events, "e1", "e2")
    job = definitions(home).resolve_job_def("drain_events")
    with open_instance(home) as instance:
        result = job.execute_in_process(instance=instance, run_config=taking_in())
        assert result.success
        assert drained(events.lake, events.log.id) == last
        assert (home.serving / "current.duckdb").exists()
        checks = {
            (check.check_name, check.passed)
            for check in evaluations(instance, result.run_id)
            if check.asset_key == dg.AssetKey(["gold", "ledger_daily"])
        }
        assert checks == {("contract", True), ("adds_up", True), ("live_agrees_with_batch", True)}
        again = job.execute_in_process(instance=instance, run_config=taking_in())
        assert again.success


def test_a_run_builds_so_many_days_the_newest_first_and_the_next_ones_the_others(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_DAYS", 2)
    home = events.settings
    days = [NOW - timedelta(days=7 * weeks) for weeks in range(1, 6)]
    events.send(*(watch(f"e{n}", event_time=day.isoformat()) for n, day in enumerate(days)), at=NOW)
    job = definitions(home).resolve_job_def("drain_events")
    runs = 0
    with open_instance(home) as instance:
        while runs == 0 or ask(home, instance):
            job.execute_in_process(instance=instance, run_config=taking_in())
            runs += 1
            built = events.lake.partitions("silver/plays")
            assert built == sorted(day.date() for day in days)[-len(built) :]
            assert len(built) <= 2 * runs
            assert runs < 10
    assert len(built) == len(days)
    assert pending_days(Versions(events.lake)) == []


def test_days_that_cannot_be_built_do_not_hold_up_the_others_nor_ask_for_ever(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_DAYS", 1)
    home = events.settings
    days = [NOW - timedelta(days=7 * weeks) for weeks in range(1, 4)]
    events.send(*(watch(f"e{n}", event_time=day.isoformat()) for n, day in enumerate(days)), at=NOW)
    drain(home, events.log)
    for file in events.lake.batch_files("bronze/watch_events", days[0].date()):
        file.write_bytes(file.read_bytes()[:50])
    job = definitions(home).resolve_job_def("drain_events")
    runs = 0
    with open_instance(home) as instance:
        while runs == 0 or ask(home, instance):
            job.execute_in_process(instance=instance, run_config=taking_in(), raise_on_error=False)
            runs += 1
            assert runs < 10
    built = [events.lake.footer("silver/plays", day.date()) is not None for day in days]
    assert built == [False, True, True]


def evaluations(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """What all checks of a run found."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    told = (event.asset_check_evaluation for event in instance.all_logs(run_id, of_type=kind))
    return [check for check in told if check is not None]


def evaluated(events: Events, name: str) -> list[dg.AssetCheckEvaluation]:
    """A check of the ledger, asked for by itself in a run of the job for everything."""
    job = definitions(events.settings).resolve_job_def("materialize")
    with open_instance(events.settings) as instance:
        result = job.execute_in_process(
            instance=instance,
            run_config=QUIET | jobs.config(only_pending=False),
        )
        told = evaluations(instance, result.run_id)
    return [check for check in told if check.check_name == name]


@pytest.mark.parametrize("name", ["adds_up", "live_agrees_with_batch"])
def test_a_check_fails_when_a_file_of_events_is_lost(events: Events, name: str) -> None:
    come(events, "e1", "e2")
    drain(events.settings, events.log)
    (check,) = evaluated(events, name)
    assert check.passed
    day = events.lake.partitions("bronze/watch_events")[0]
    (file,) = events.lake.batch_files("bronze/watch_events", day)
    file.unlink()
    (check,) = evaluated(events, name)
    assert not check.passed
    told = {name: value.value for name, value in check.metadata.items()}
    if name == "adds_up":
        assert told == {"http watch_events": "2 rows missing"}
    else:
        assert (told["live_events"], told["batch_events"], told["unexplained"]) == (2, 0, 2)
        assert told["live_hours"] == pytest.approx(1200 / 3600)


def test_a_few_canaries_wait_for_others(events: Events, instance: dg.DagsterInstance) -> None:
    home = events.settings
    moment = (NOW - timedelta(minutes=5)).isoformat()
    for number in range(3):
        canary = watch(f"c{number}", user_id="~canary", title_id="~canary", event_time=moment)
        events.send(canary, at=NOW)
    assert ask(home, instance) == []
    come(events, "e1")
    assert len(ask(home, instance)) == 1
    drain(home, events.log)
    for number in range(61):
        canary = watch(f"d{number}", user_id="~canary", title_id="~canary", event_time=moment)
        events.send(canary, at=NOW)
    assert len(ask(home, instance)) == 1
