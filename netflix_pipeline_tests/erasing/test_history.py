"""What Dagster recorded and services logged holds no id any more, and can still be read."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import dagster as dg
import polars as pl
import pytest

from netflix_pipeline.defs.events import violation_table
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.erasing import HistoryBusy, erase_history
from netflix_pipeline.erasing import history as erasing
from netflix_pipeline.erasing.history import without_examples
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.locked import is_locked

ANN = Persons(["ann-4711"])
VIOLATIONS = pl.DataFrame(
    {
        "column": ["user_id", "text"],
        "check": ["known", "one|line"],
        "failures": [3, 1],
        "example": ["ann-4711", "what she | wrote"],
    }
)


@dg.asset_check(asset="plays", name="contract")
def contract() -> dg.AssetCheckResult:
    table = violation_table(VIOLATIONS)
    return dg.AssetCheckResult(passed=False, metadata={"violations": table, "failures": 4})


@dg.asset(key="plays", config_schema={"path": str})
def plays(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    context.log.info("took landed/ann-4711.csv, then ann-47110")
    yield dg.MaterializeResult(metadata={"who": "ann-4711", "rows": 4711})


def run(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions([plays], asset_checks=[contract]).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        instance=instance,
        run_config={
            "ops": {"plays": {"config": {"path": "ann-4711.csv"}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        tags={"run_key": "ann-4711.csv:12:34"},
    )
    return result.run_id


def traces(settings: Settings) -> list[str]:
    return [
        path.name
        for folder in (settings.dagster, settings.root / "logs")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and b"ann-4711" in path.read_bytes().replace(b"ann-47110", b"")
    ]


def test_runs_events_and_checks_forget_a_person(home: Settings) -> None:
    with open_instance(home) as instance:
        run_id = run(instance)
        cursors = instance.daemon_cursor_storage
        cursors.set_cursor_values(
            {"landing": '[["ann-4711.csv", 12, 34, 1.5], ["bob.csv", 1, 2, 3]]'}
        )
        before = len(instance.all_logs(run_id))
        assert traces(home)
        assert erase_history(home, ANN) > 0
        assert traces(home) == []
        # Dagster reads on, in the same process.
        told = instance.get_run_by_id(run_id)
        assert told is not None
        assert told.tags["run_key"] == "erased.csv:12:34"
        assert "'path': 'erased.csv'" in str(told.run_config)
        events = instance.all_logs(run_id)
        assert len(events) == before
        assert any("took landed/erased.csv, then ann-47110" in each.user_message for each in events)
        (event,) = instance.fetch_materializations(dg.AssetKey("plays"), limit=5).records
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        assert (metadata["who"].value, metadata["rows"].value) == ("erased", 4711)
        summary = instance.event_log_storage.get_asset_check_summary_records(
            [dg.AssetCheckKey(dg.AssetKey("plays"), "contract")]
        )
        (record,) = summary.values()
        assert record.last_check_execution_record is not None
        assert record.last_check_execution_record.event is not None
        evaluation = record.last_check_execution_record.event.asset_check_evaluation
        assert evaluation is not None
        assert evaluation.metadata["failures"].value == 4
        table = evaluation.metadata["violations"].value
        assert table == (
            "| column | check | failures | example |\n|---|---|--:|---|\n"
            "| user_id | known | 3 |  |\n| text | one\\|line | 1 |  |"
        )
        assert cursors.get_cursor_values({"landing"}) == {
            "landing": '[["erased.csv", 12, 34, 1.5], ["bob.csv", 1, 2, 3]]'
        }
        assert erase_history(home, ANN) == 0
        run(instance)
        assert traces(home)


def test_ids_that_are_numbers_or_words_of_dagsters_own_leave_its_records_whole(
    home: Settings,
) -> None:
    with open_instance(home) as instance:
        run_id = run(instance)
        erase_history(home, Persons(["4711", "plays", "12", "AssetKey"]))
        told = instance.get_run_by_id(run_id)
        assert told is not None
        assert told.tags["run_key"] == "ann-4711.csv:0:34"
        assert instance.all_logs(run_id)
        assert instance.fetch_materializations(dg.AssetKey("plays"), limit=5).records


def test_an_id_among_the_digits_of_a_time_leaves_the_time_whole(home: Settings) -> None:
    with open_instance(home) as instance:
        run_id = run(instance)
        before = instance.get_run_record_by_id(run_id)
        assert before is not None
        created = before.create_timestamp
        digits = {format(created, part) for part in ("%S", "%M", "%H", "%d", "%f")}
        erase_history(home, Persons(sorted(digits)))
        after = instance.get_run_record_by_id(run_id)
        assert after is not None
        assert after.create_timestamp == created


def test_examples_leave_a_table_and_the_rest_stays() -> None:
    text = violation_table(VIOLATIONS).value
    assert isinstance(text, str)
    once = without_examples(text)
    assert "she" not in once
    assert once.count("\n") == text.count("\n")
    assert without_examples(once) == once
    several = text.replace("she", "she\nand he")
    assert without_examples(several) == once


def test_bytes_that_were_removed_before_go_too(home: Settings) -> None:
    with open_instance(home) as instance:
        run_id = run(instance)
        instance.delete_run(run_id)
        assert traces(home)
        erase_history(home, ANN)
        assert traces(home) == []


def test_a_run_under_way_is_not_disturbed(home: Settings) -> None:
    with open_instance(home) as instance:
        for _ in range(3):
            run(instance)
        runs: list[str] = []
        failed: list[BaseException] = []
        ended = threading.Event()

        def go_on() -> None:
            try:
                while not ended.is_set():
                    runs.append(run(instance))
            except BaseException as error:  # noqa: BLE001
                failed.append(error)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            while not runs and thread.is_alive():
                ended.wait(0.01)
            erase_history(home, ANN)
            seen = len(runs)
            while len(runs) < seen + 2 and thread.is_alive():
                ended.wait(0.01)
        finally:
            ended.set()
            thread.join()
        assert not failed
        erase_history(home, ANN)
        assert traces(home) == []
        assert all(instance.all_logs(run_id) for run_id in runs)


def test_logs_are_written_over_in_place(home: Settings) -> None:
    logs = home.root / "logs"
    logs.mkdir(parents=True)
    path = logs / "api.log"
    with path.open("ab", buffering=0) as service:
        service.write(b"GET /users/ann-4711 200\nGET /users/ann-47110 200\n")
        (logs / "empty.log").write_bytes(b"")
        assert erase_history(home, ANN) == 1
        service.write(b"going on\n")
    assert path.read_bytes() == b"GET /users/******** 200\nGET /users/ann-47110 200\ngoing on\n"


def test_killed_before_the_file_is_written_anew_the_same_call_finishes(home: Settings) -> None:
    with open_instance(home) as instance:
        run(instance)
    code = (
        "import os, signal\n"
        "from netflix_pipeline.erasing import history\n"
        "from netflix_pipeline.persons import Persons\n"
        "from netflix_pipeline.settings import Settings\n"
        "history.clear_wal = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "history.erase_history(Settings(), Persons(['ann-4711']))\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=home.environment(), check=False)
    assert killed.returncode == -9
    assert traces(home)
    erase_history(home, ANN)
    assert traces(home) == []


def test_a_file_that_others_hold_is_said_to_be_busy(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_instance(home) as instance:
        run(instance)
    monkeypatch.setattr(erasing, "PATIENCE", 0.1)
    (runs,) = (path for path in home.dagster.rglob("runs.db") if path.stat().st_size)
    with closing(sqlite3.connect(runs, isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryBusy, match=r"runs\.db.*again"):
            erase_history(home, ANN)
        holding.execute("ROLLBACK")
    erase_history(home, ANN)
    assert traces(home) == []


def test_the_process_keeps_its_locks_on_what_it_has_open(home: Settings) -> None:
    """Closing a file takes every lock on it from the process: only SQLite may open its files."""
    home.dagster.mkdir(parents=True)
    path = home.dagster / "runs.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE runs (name)")
        connection.execute("INSERT INTO runs VALUES ('somebody'), ('else')")
        reading = connection.execute("SELECT name FROM runs")
        reading.fetchone()
        assert is_locked(path)
        assert erase_history(home, ANN) == 0
        assert is_locked(path)
