"""Stages are steps: each begins behind the others, and records what it stored and no more."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

import dagster as dg
import pytest
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    BACKFILL_ID_TAG,
)

from netflix_pipeline.defs import jobs
from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.assets import GRAPH, NotPublished
from netflix_pipeline.defs.checks import NONE
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.materialize import GOLD_DAILY, Built
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, Watch, damage, from_day

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def by_kind(instance: dg.DagsterInstance, run_id: str) -> dict[str, list[str]]:
    """The steps of a run that ended well, failed or were skipped."""
    kinds = {
        name: getattr(dg.DagsterEventType, f"STEP_{name}")
        for name in ("SUCCESS", "FAILURE", "SKIPPED")
    }
    return {
        name: [
            str(event.step_key).removeprefix(f"{GRAPH}.")
            for event in instance.all_logs(run_id, of_type=kind)
        ]
        for name, kind in kinds.items()
    }


def test_good_days_go_on_to_the_snapshot_when_another_breaks_at_an_earlier_stage(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    damage(Lake.of(home), days[1])
    outcome = materialize(home)
    assert not outcome.success
    assert outcome.snapshot == 1
    assert by_kind(instance, outcome.run_ids[0]) == {
        "SUCCESS": ["bronze", "gold", "rollups", "intelligence", "snapshot"],
        "FAILURE": ["silver"],
        "SKIPPED": [],
    }
    good = {days[0].isoformat(), days[2].isoformat()}
    assert instance.get_materialized_partitions(key("silver/plays")) == good
    assert instance.get_materialized_partitions(key("gold/title_daily")) == good


def test_a_failure_names_some_days_and_each_reason_once() -> None:
    days = from_day(FIRST, 12)
    built = partial(Built, rows=0, version="", changed=False, seconds=0.0, violations=NONE)
    torn = "bronze/x.parquet cannot be read"
    broken = [built("silver/plays", day, problem=torn) for day in days]
    last = built("silver/users", None, problem="the disk is full")
    told = str(NotPublished([*broken, last]).description)
    first, *reasons = told.splitlines()
    assert first.startswith(f"not published: silver/plays {days[0]}, silver/plays {days[1]}, ")
    assert f"silver/plays {days[9]} and 3 more. " in first
    assert reasons == [f"silver/plays {days[0]}: {torn}", "silver/users: the disk is full"]


def test_where_nothing_came_the_stages_behind_are_skipped(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    home.landing.mkdir(parents=True)
    (home.landing / "notes.csv").write_text("colour,shape\nred,round\n")
    job = definitions(home).resolve_job_def("take_in")
    result = job.execute_in_process(
        instance=instance, run_config=QUIET | jobs.config(files=["notes.csv"])
    )
    assert by_kind(instance, result.run_id) == {
        "SUCCESS": ["bronze"],
        "FAILURE": [],
        "SKIPPED": ["silver", "gold", "rollups", "intelligence", "snapshot"],
    }


@pytest.mark.parametrize("processes", [0, 2])
def test_stages_share_a_process_or_have_one_each(
    home: Settings, watched: Watch, instance: dg.DagsterInstance, processes: int
) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    damage(Lake.of(home), days[1])
    run_as_launched(home, NETFLIX_STAGE_PROCESSES=str(processes))
    (run,) = instance.get_runs()
    assert by_kind(instance, run.run_id) == {
        "SUCCESS": ["bronze", "gold", "rollups", "intelligence", "snapshot"],
        "FAILURE": ["silver"],
        "SKIPPED": [],
    }
    workers = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_WORKER_STARTED)
    assert len(workers) == (6 if processes else 0)


def run_as_launched(home: Settings, **environment: str) -> None:
    """Execute `materialize` in a process of its own, which ends with those that it starts."""
    command = ["job", "execute", "-m", "netflix_pipeline.definitions", "-j", "materialize"]
    with subprocess.Popen(
        [sys.executable, "-m", "dagster", *command],
        env=home.environment() | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_the_command_has_one_process_whatever_the_setting(home: Settings, watched: Watch) -> None:
    watched([FIRST])
    told = list[Built]()
    apart = home.model_copy(update={"stage_processes": 2})
    assert materialize(apart, progress=told.append).success
    assert "silver/plays" in {built.table for built in told}


def test_a_run_cuts_large_days_into_as_many_shards_as_the_setting_says(
    home: Settings, watched: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched([FIRST])
    asked: list[int] = []

    def sharding(most: int) -> Sharding:
        asked.append(most)
        return Sharding(most, rows=1)  # however few rows a day has

    monkeypatch.setattr("netflix_pipeline.defs.resources.Sharding", sharding)
    assert materialize(home).success
    whole = {table: Lake.of(home).footer(table, FIRST) for table in GOLD_DAILY}
    cut = home.model_copy(update={"day_shards": 3})
    assert materialize(cut, everything=True).success
    assert {table: Lake.of(home).footer(table, FIRST) for table in GOLD_DAILY} == whole
    assert set(asked) == {1, 3}


def test_a_workers_share_of_a_backfill_leaves_what_looks_over_all_days_to_the_run_behind_it(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    share = {
        BACKFILL_ID_TAG: "of-a-year",
        ASSET_PARTITION_RANGE_START_TAG: days[0].isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: days[1].isoformat(),
    }
    for broker, made in (("redis://127.0.0.1", False), ("", True)):
        shared = home.model_copy(update={"broker": broker})
        job = definitions(shared).resolve_job_def("materialize")
        assert job.execute_in_process(instance=instance, run_config=QUIET, tags=share).success
        lake = Lake.of(home)
        assert lake.partitions("gold/title_daily") == days[:2]
        assert (lake.footer("gold/user_profile") is not None) is made
        assert (home.serving / "current.duckdb").exists() is made
