import logging
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.utils import make_new_run_id

from netflix_pipeline.defs import batched_event_log
from netflix_pipeline.defs.batched_event_log import GroupedEvents
from netflix_pipeline.defs.event_texts import Alike, Pattern
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.settings import Settings

GROUP = 100
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAYS = dg.DailyPartitionsDefinition("2025-01-01")
PLAYS = dg.AssetKey(["silver", "plays"])
KEYS = DAYS.get_partition_keys()[:3]
CHECK = dg.AssetCheckKey(PLAYS, "contract")


def job(
    days: Sequence[str], *, seen: list[set[str]] | None = None, fail: bool = False
) -> dg.JobDefinition:
    """A job that records a materialization and a check a day; every second check fails.

    With `fail` it breaks after those days.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        check = dg.AssetCheckSpec("contract", asset=PLAYS, partitions_def=DAYS)

    @dg.multi_asset(
        name="record",
        specs=[dg.AssetSpec(PLAYS, partitions_def=DAYS), dg.AssetSpec("weekly", deps=[PLAYS])],
        check_specs=[check],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def record(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        for number, day in enumerate(days):
            context.log.info(day)
            yield dg.AssetMaterialization(PLAYS, partition=day, metadata={"rows": number})
            yield dg.AssetCheckEvaluation(
                asset_key=PLAYS, check_name="contract", passed=number % 2 == 0, partition=day
            )
            if seen is not None:
                seen.append(context.instance.get_materialized_partitions(PLAYS))
        if fail:
            raise ValueError("on purpose")
        yield dg.AssetMaterialization("weekly", tags={"dagster/data_version": "v1"})

    return dg.Definitions(assets=[record]).resolve_implicit_global_asset_job_def()


def of_range(days: Sequence[str]) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": days[0],
        "dagster/asset_partition_range_end": days[-1],
    }


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with Dagster's own event log."""
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(folder)) as opened:
        yield opened


@pytest.fixture
def grouped(on_either: Settings) -> Iterator[dg.DagsterInstance]:
    """An instance of ours, in files and on a server."""
    with open_instance(on_either) as opened:
        assert isinstance(opened.event_log_storage, GroupedEvents)
        yield opened


def execute(instance: dg.DagsterInstance, job: dg.JobDefinition, days: Sequence[str]) -> str:
    result = job.execute_in_process(
        instance=instance,
        tags=of_range(days),
        run_config=QUIET,
    )
    return result.run_id


def told(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    """What an instance answers about a run, its assets and its checks."""
    log = instance.event_log_storage
    events = instance.all_logs(run_id)
    plays, weekly = PLAYS, dg.AssetKey("weekly")
    latest = {key: instance.get_latest_materialization_event(key) for key in (plays, weekly)}
    return {
        "events": [
            event.dagster_event_type.value if event.dagster_event_type else event.user_message
            for event in events
            if event.dagster_event_type is not dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
        ],
        "partitions": instance.get_materialized_partitions(plays),
        "latest": {
            key.to_user_string(): (event.run_id == run_id, event.asset_materialization)
            for key, event in latest.items()
            if event
        },
        "last run": [
            record.asset_entry.last_run_id == run_id
            for record in instance.get_asset_records([plays, weekly])
        ],
        "checks": sorted(
            (record.status.value, record.partition, record.run_id == run_id)
            for record in log.get_asset_check_execution_history(CHECK, limit=100)
        ),
        "tags": [dict(tags) for tags in instance.get_event_tags_for_asset(weekly)],
        "status": [run.status for run in instance.get_runs()],
    }


def test_it_answers_as_the_log_of_dagster_does(
    plain: dg.DagsterInstance, grouped: dg.DagsterInstance
) -> None:
    answers = []
    for seen in (plain, grouped):
        execute(seen, job(KEYS), KEYS)
        answers.append(told(seen, execute(seen, job(KEYS), KEYS)))
    assert answers[0] == answers[1]


def test_either_log_goes_on_with_the_history_of_the_other(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    single = home.model_copy(update={"run_events": "single"})
    first = execute(instance, job(KEYS), KEYS)
    with open_instance(single) as other:
        assert type(other.event_log_storage) is SqliteEventLogStorage
        assert told(other, first) == told(instance, first)
        second = execute(other, job(KEYS), KEYS)
    assert told(instance, second)["partitions"] == set(KEYS)


def days_by_status(instance: dg.DagsterInstance) -> dict[str, list[str]]:
    """The days that the page of an asset counts as materialized, failed and in progress."""
    value = get_and_update_asset_status_cache_value(instance, PLAYS, DAYS)
    assert value is not None
    return {
        "materialized": list(
            value.deserialize_materialized_partition_subsets(DAYS).get_partition_keys()
        ),
        "failed": list(value.deserialize_failed_partition_subsets(DAYS).get_partition_keys()),
        "in progress": list(
            value.deserialize_in_progress_partition_subsets(DAYS).get_partition_keys()
        ),
    }


def test_days_that_a_failed_run_did_not_reach_are_those_of_dagsters_log(
    home: Settings, plain: dg.DagsterInstance, instance: dg.DagsterInstance
) -> None:
    days = DAYS.get_partition_keys()[:6]
    for seen in (plain, instance):
        with pytest.raises(ValueError, match="on purpose"):
            execute(seen, job(days[:4], fail=True), days)
        with open_instance(home) if seen is instance else nullcontext(seen) as reader:
            assert days_by_status(reader) == {
                "materialized": days[:4],
                "failed": days[4:],
                "in progress": [],
            }
        run = seen.create_run_for_job(
            job(days), status=dg.DagsterRunStatus.STARTED, tags=of_range(days[3:])
        )
        assert days_by_status(seen)["in progress"] == days[3:]
        seen.report_run_canceled(run)
        assert days_by_status(seen)["in progress"] == []
        execute(seen, job(days[4:]), days[4:])
        assert days_by_status(seen)["failed"] == []


def test_a_reader_sees_everything_that_was_recorded_before(instance: dg.DagsterInstance) -> None:
    seen: list[set[str]] = []
    execute(instance, job(KEYS, seen=seen), KEYS)
    assert seen == [set(KEYS[:1]), set(KEYS[:2]), set(KEYS)]


def test_no_thread_waits_for_what_is_written(home: Settings) -> None:
    before = set(threading.enumerate())
    with open_instance(home) as own:
        execute(own, job(KEYS), KEYS)
    threads = set(threading.enumerate()) - before
    assert all(one.finished.is_set() for one in threads if isinstance(one, threading.Timer))


def test_another_reader_sees_a_run_that_is_over(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_event_log, "GROUP", GROUP)
    days = DAYS.get_partition_keys()[: GROUP + 7]
    run_id = execute(instance, job(days), days)
    with open_instance(home) as other:
        assert other.get_materialized_partitions(PLAYS) == set(days)
        run = other.get_run_by_id(run_id)
        assert run is not None
        assert run.is_success


def test_a_run_that_fails_tells_what_it_recorded_before(instance: dg.DagsterInstance) -> None:
    @dg.op(out={})
    def fail(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        context.log.log(logging.INFO, "begun")
        yield dg.AssetMaterialization(PLAYS, partition=KEYS[0])
        raise ValueError("on purpose")

    @dg.job
    def failing() -> None:
        fail()

    with pytest.raises(ValueError, match="on purpose"):
        failing.execute_in_process(
            instance=instance,
            run_config=QUIET,
        )
    (run,) = instance.get_runs()
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert instance.get_materialized_partitions(PLAYS) == {KEYS[0]}


def test_another_reader_soon_sees_what_a_busy_run_recorded(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    @dg.op(out={})
    def busy(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        yield dg.AssetMaterialization(PLAYS, partition=KEYS[0])
        with open_instance(home) as other:
            deadline = time.monotonic() + 30
            while not other.get_materialized_partitions(PLAYS):
                assert time.monotonic() < deadline, "it waits for the run to go on"
                time.sleep(0.05)

    @dg.job
    def working() -> None:
        busy()

    assert working.execute_in_process(instance=instance).success


def recorded(run_id: str, number: int, day: str | None = None) -> dg.EventLogEntry:
    """An event of a run that the index holds as well."""
    made = dg.AssetMaterialization(PLAYS, partition=day, metadata={"number": number})
    event = DagsterEvent(
        "ASSET_MATERIALIZATION", "a job", event_specific_data=StepMaterializationData(made)
    )
    at = time.time() + number
    return dg.EventLogEntry(None, "info", "", run_id, at, dagster_event=event)  # type: ignore[no-untyped-call]


def test_what_failed_beside_a_run_is_written_with_the_next_and_nothing_twice(
    grouped: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = grouped.event_log_storage
    assert isinstance(log, GroupedEvents)
    monkeypatch.setattr(batched_event_log, "PATIENCE", 3600.0)
    of_both = "_write_at_once" if hasattr(log, "_write_at_once") else "_note"
    write, tries = getattr(log, of_both), []

    def second_fails(*rows: Any) -> None:
        tries.append(rows)
        if len(tries) == 2:
            raise OSError("the disk is full")
        write(*rows)

    monkeypatch.setattr(log, of_both, second_fails)
    runs = [make_new_run_id() for _ in range(3)]
    for number, run_id in enumerate(runs):
        log.store_event(recorded(run_id, number))
    log._write_beside()
    assert len(tries) == 2
    assert [len(log.get_logs_for_run(run_id)) for run_id in runs] == [1, 1, 1]
    records = grouped.fetch_materializations(PLAYS, limit=9).records
    told = [each.asset_materialization for each in records]
    assert [each.metadata["number"].value for each in told if each] == [2, 1, 0]


def looked_at(day: str, *, passed: bool, number: int) -> dg.AssetCheckEvaluation:
    """What a check found on a day."""
    return dg.AssetCheckEvaluation(
        asset_key=PLAYS,
        check_name=CHECK.name,
        passed=passed,
        partition=day,
        metadata={"number": number},
    )


def test_days_that_passed_a_check_are_one_event_and_a_result_each(
    grouped: dg.DagsterInstance,
) -> None:
    log, run_id, at = grouped.event_log_storage, make_new_run_id(), time.time()
    assert isinstance(log, GroupedEvents)
    for number, day in enumerate(KEYS):
        log.store_event(recorded(run_id, number, day))
    patterns: dict[bool, Pattern] = {}
    found = (True, True, False, True, False, True)
    # The last day is looked at three times: what was found last counts.
    days = *KEYS, *KEYS[2:], *KEYS[2:], *DAYS.get_partition_keys()[3:4]
    for number, (day, passed) in enumerate(zip(days, found, strict=True)):
        told = looked_at(day, passed=passed, number=number)
        event = DagsterEvent("ASSET_CHECK_EVALUATION", "a job", event_specific_data=told)
        first = dg.EventLogEntry(None, "info", "", run_id, at, dagster_event=event)  # type: ignore[no-untyped-call]
        pattern = patterns.setdefault(passed, Pattern(first))
        log.store_alike(Alike(pattern, told, at + number))
    events = grouped.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    said = [each.asset_check_evaluation for each in events]
    assert [
        (each.passed, each.partition, {name: value.value for name, value in each.metadata.items()})
        for each in said
        if each
    ] == [
        (False, KEYS[2], {"number": 2}),
        (False, KEYS[2], {"number": 4}),
        (True, None, {"days": 4, "first_day": days[0], "last_day": days[-1]}),
    ]
    assert events[-1].message.endswith(f"passed on 4 days from {days[0]} to {days[-1]}.")
    results = {}
    for record in log.get_asset_check_execution_history(CHECK, limit=9):
        assert record.evaluation is not None
        assert record.partition == record.evaluation.partition
        results[record.partition] = record.status.value, record.evaluation.metadata["number"].value
    assert results == {
        days[0]: ("SUCCEEDED", 0),
        days[1]: ("SUCCEEDED", 1),
        days[2]: ("FAILED", 4),
        days[-1]: ("SUCCEEDED", 5),
    }
    state = log.get_asset_check_state([(CHECK, DAYS)])[CHECK]
    assert {
        status.value: list(subset.subset_value.get_partition_keys())
        for status, subset in state.subsets.items()
        if not subset.is_empty
    } == {"SUCCEEDED": [*days[:2], days[-1]], "FAILED": [days[2]]}


@pytest.mark.parametrize("database", ["index", "run"])
def test_a_database_that_somebody_holds_is_waited_for(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(sqlite_event_log, "SQLITE_BUSY_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(batched_event_log, "GROUP", GROUP)
    held: list[sqlite3.Connection] = []

    @dg.op(out={})
    def blocked(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        name = context.run_id if database == "run" else "index"
        (file,) = Path(context.instance.root_directory).glob(f"history/runs/{name}.db")
        held.append(sqlite3.connect(file, check_same_thread=False))
        held[0].execute("BEGIN IMMEDIATE")
        threading.Timer(1, held[0].rollback).start()
        for _ in range(GROUP):
            context.log.info("one of many")
        yield dg.AssetMaterialization(PLAYS, partition=KEYS[0])

    @dg.job
    def working() -> None:
        blocked()

    run_id = working.execute_in_process(instance=instance, run_config=QUIET).run_id
    held[0].close()
    events = instance.all_logs(run_id)
    assert sum(event.user_message == "one of many" for event in events) == GROUP
    assert instance.get_materialized_partitions(PLAYS) == {KEYS[0]}
    assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
