"""Dagster's own webserver and daemon, as `serve` starts them: what becomes of runs that fail."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.run_locks import process_of
from netflix_pipeline.defs.workspace import WORKSPACE
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dagster_config import looked_at_every_second
from netflix_pipeline_tests.support.days import FIRST, damage, events_of, from_day
from netflix_pipeline_tests.support.waiting import until

DAYS = from_day(FIRST, 12)
BROKEN = DAYS[6]
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "netflix_pipeline"}

PAUSE = 0.5
"""Seconds between two questions to the webserver: it has work to do beside them."""
WAITS = 2.0
SLOW = f"""
import os, sys, time
if "--multiprocessing-fork" in sys.orig_argv and os.path.exists(os.environ["SLOW"]):
    time.sleep({WAITS + 1})
"""
"""Where the file SLOW exists, processes of runs come up later than the daemon waits for them."""

LAUNCH = """mutation($run: ExecutionParams!) { launchPipelineExecution(executionParams: $run) {
    ... on LaunchRunSuccess { run { id } } ... on PythonError { message } } }"""
RETRY = """mutation($retry: ReexecutionParams!) {
    launchPipelineReexecution(reexecutionParams: $retry) {
        ... on LaunchRunSuccess { run { id } } ... on PythonError { message } } }"""
STEPS = """query($run: ID!) { runOrError(runId: $run) { ... on Run {
    stepStats { stepKey status } } } }"""
BACKFILL = """mutation($backfill: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $backfill) {
        ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
OF_BACKFILL = """query($backfill: String!) {
    runsOrError(filter: {tags: [{key: "dagster/backfill", value: $backfill}]}) {
        ... on Runs { results { id } } } }"""
RUNS = """query($job: PipelineSelector!) { pipelineOrError(params: $job) {
    ... on Pipeline { runs { id status parentRunId } } } }"""
STATS = """query($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) { ... on AssetNode {
    partitionStats { numMaterialized numFailed numMaterializing } } } }"""
MESSAGES = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection {
    events { ... on MessageEvent { message }
             ... on ExecutionStepFailureEvent { error { message } } } } } }"""


@dataclass
class Services:
    """A home with days of viewing, where its webserver answers, and the file that slows runs."""

    home: Settings
    address: str
    slow: Path

    def ask(self, query: str, **variables: object) -> Any:
        """What GraphQL answers to its one question."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.address}/graphql", json=body, timeout=60, trust_env=False)
        (told,) = answer.json()["data"].values()
        return told

    def launch(self, *tables: str) -> str:
        """Ask for a run over all days, as the UI does; returns its id."""
        run = {
            "selector": {
                "pipelineName": "__ASSET_JOB",
                **LOCATION,
                "assetSelection": [{"path": table.split("/")} for table in tables],
            },
            "mode": "default",
            "executionMetadata": {
                "tags": [
                    {"key": f"dagster/asset_partition_range_{edge}", "value": day.isoformat()}
                    for edge, day in (("start", DAYS[0]), ("end", DAYS[-1]))
                ]
            },
        }
        return str(self.ask(LAUNCH, run=run)["run"]["id"])

    def backfill(self, days: Sequence[date], *tables: str) -> str:
        """Ask for a backfill, as the UI does; returns the id of its one run."""
        backfill = {
            "assetSelection": [{"path": table.split("/")} for table in tables],
            "partitionNames": [day.isoformat() for day in days],
        }
        started = self.ask(BACKFILL, backfill=backfill)["backfillId"]
        (run,) = until(lambda: self.ask(OF_BACKFILL, backfill=started)["results"], pause=PAUSE)
        return str(run["id"])

    def retry(self, run_id: str) -> str:
        """Ask for what failed of a run once more; returns the new run's id."""
        retry = {"parentRunId": run_id, "strategy": "FROM_FAILURE"}
        return str(self.ask(RETRY, retry=retry)["run"]["id"])

    def steps(self, run_id: str) -> Mapping[str, str]:
        """How each step of a run ended."""
        stats = self.ask(STEPS, run=run_id)["stepStats"]
        return {step["stepKey"].removeprefix("tables."): step["status"] for step in stats}

    def runs(self, job: str = "__ASSET_JOB") -> list[dict[str, str]]:
        """The runs on the page of a job, the newest first."""
        told: list[dict[str, str]] = self.ask(RUNS, job={"pipelineName": job, **LOCATION})["runs"]
        return told

    def ended(self, run_id: str) -> str:
        """How a run ended."""
        status: str
        (status,) = until(
            lambda: [
                run["status"]
                for run in self.runs()
                if run["id"] == run_id and run["status"] in {"SUCCESS", "FAILURE", "CANCELED"}
            ],
            pause=PAUSE,
        )
        return status

    def days(self, table: str) -> Mapping[str, int]:
        """The days that the page of a table counts as materialized, failed, under way."""
        told: Mapping[str, int] = self.ask(STATS, asset={"path": table.split("/")})[
            "partitionStats"
        ]
        return told


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("services")
    home = Settings(home=folder / "home")
    file = folder / "events.csv"
    file.write_text(events_of(DAYS))
    ingest_paths(home, [file])
    damage(Lake.of(home), BROKEN)
    looked_at_every_second(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**home.environment(), "NETFLIX_DAGSTER_PORT": str(port)}
    (folder / "sitecustomize.py").write_text(SLOW)
    daemon = {
        **environment,
        "PYTHONPATH": str(folder),
        "SLOW": str(folder / "slow"),
        "DAGSTER_GRPC_TIMEOUT_SECONDS": f"{WAITS:.0f}",
    }
    web = ["dagster_webserver", "-w", str(WORKSPACE), "--port", str(port)]
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=told,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for arguments, told in (
            (web, environment),
            (["dagster._daemon", "run", "-w", str(WORKSPACE)], daemon),
        )
    ]
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address), pause=PAUSE)
        yield Services(home, address, folder / "slow")
    finally:
        for program in programs:
            program.send_signal(signal.SIGINT)
        for program in programs:
            program.wait(60)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/server_info", timeout=10, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_run_that_is_slow_to_start_comes_and_leaves_the_day_that_broke_as_failed(
    services: Services,
) -> None:
    services.slow.touch()
    run = services.launch("silver/plays", "gold/title_daily")
    assert services.ended(run) == "FAILURE"
    services.slow.unlink()
    said = str(services.ask(MESSAGES, run=run))
    assert "slow to start" in said
    assert f"not published: silver/plays {BROKEN}." in said
    assert services.days("silver/plays") == {
        "numMaterialized": len(DAYS) - 1,
        "numFailed": 1,
        "numMaterializing": 0,
    }
    assert services.days("gold/title_daily")["numFailed"] == 0
    assert len(services.runs()) == 1, "bad data is not tried again"


def test_a_run_whose_process_is_killed_is_tried_again(services: Services) -> None:
    run = services.launch("bronze/watch_events", "silver/sessions")
    with open_instance(services.home) as instance:
        (process,) = until(
            lambda: [found] if (found := process_of(instance, run)) else [], pause=0.02
        )
    os.kill(process, signal.SIGKILL)
    assert services.ended(run) == "FAILURE"
    (again,) = until(
        lambda: [told["id"] for told in services.runs() if told["parentRunId"] == run], pause=PAUSE
    )
    assert services.ended(again) == "SUCCESS"
    assert services.days("silver/sessions") == {
        "numMaterialized": len(DAYS),
        "numFailed": 0,
        "numMaterializing": 0,
    }


def test_a_run_of_the_command_line_stands_on_the_page_of_the_job(services: Services) -> None:
    outcome = materialize(services.home, first=DAYS[0], last=DAYS[0])
    assert [run["id"] for run in services.runs("materialize")] == outcome.run_ids


def test_a_retry_begins_with_the_stage_that_failed(services: Services) -> None:
    run = services.launch("bronze/watch_events", "silver/plays", "gold/title_daily")
    assert services.ended(run) == "FAILURE"
    behind = {"silver": "FAILURE", "gold": "SUCCESS"}
    assert services.steps(run) == {"bronze": "SUCCESS", **behind}
    again = services.retry(run)
    assert services.ended(again) == "FAILURE"
    assert services.steps(again) == behind


def test_a_backfill_of_one_stage_is_one_run_that_builds_those_days_of_it_alone(
    services: Services,
) -> None:
    days = DAYS[8:11]
    tables = "gold/title_daily", "gold/user_daily"
    run = services.backfill(days, *tables)
    assert services.ended(run) == "SUCCESS"
    # Stages before it are passed through: nothing of theirs is selected.
    assert [*services.steps(run)] == ["bronze", "silver", "gold"]
    with open_instance(services.home) as instance:
        built = instance.all_logs(run, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert {
        (event.step_key, event.asset_key, event.partition)
        for entry in built
        for event in [entry.get_dagster_event()]
    } == {("tables.gold", key(table), day.isoformat()) for table in tables for day in days}
