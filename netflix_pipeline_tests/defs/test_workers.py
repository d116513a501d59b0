"""Runs on Celery workers, as `serve worker` starts them: shared, killed, stopped, without a broker.

One Redis, one PostgreSQL, Dagster's daemon and two workers for all tests of the module.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.selector import (
    PartitionRangeSelector,
    PartitionsByAssetSelector,
    PartitionsSelector,
)
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, RUN_KEY_TAG
from redis import Redis

from netflix_pipeline.defs import run_leases
from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import ADDRESS, dagster_home, open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.run_leases import BROKER, BrokerUnavailable, Heartbeat, RunLeases
from netflix_pipeline.defs.worker_launcher import TASK, WorkerRunLauncher
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Versions, dependencies
from netflix_pipeline.services.catalogue import workers_get_runs
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import ENTRY_POINT
from netflix_pipeline_tests.support.dagster_config import looked_at_every_second
from netflix_pipeline_tests.support.days import FIRST, events_of, from_day
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.postgres_server import PostgresServer
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.waiting import until

DAYS = from_day(FIRST, 20)
SHARE = 7
TWO_POLLS = 40.0
"""Seconds: Dagster looks every twenty."""

DAEMON = """
from dagster._daemon import controller
from netflix_pipeline.defs.daemon import main
controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2
main()
"""
OFTEN = {"DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "2"}
"""Dagster looks at backfills, and at runs that failed, every other second."""

Tables = Mapping[str, Mapping[object, str]]


@dataclass
class Workers:
    """A home whose runs two workers share, and what they go by."""

    home: Settings
    instance: dg.DagsterInstance
    redis: RedisServer
    whole: Tables
    """The tables as one process makes them."""

    def tables(self) -> Tables:
        """The tables as they are now."""
        return tables_of(self.home)

    def submit(self) -> str:
        """Ask for a run that builds everything anew; returns its id."""
        run = self.instance.create_run_for_job(
            definitions(self.home).resolve_job_def(MATERIALIZE),
            run_config=config(only_pending=False),
            remote_job_origin=job_origin(MATERIALIZE),
        )
        self.instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))  # type: ignore[arg-type]
        return run.run_id

    def status(self, run_id: str) -> dg.DagsterRunStatus:
        """How a run is."""
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run.status

    def ended(self, run_id: str) -> dg.DagsterRunStatus:
        """How a run ended."""
        until(lambda: self.status(run_id) in ENDED, pause=0.1)
        return self.status(run_id)

    def owner(self, run_id: str) -> str:
        """Which worker has a run, or had it."""
        with Redis.from_url(self.redis.url, decode_responses=True) as client:
            told = client.get(run_leases.CLAIMED % run_id)
        return str(told or "")

    def process(self, run_id: str) -> int:
        """The process that works on a run, once it builds."""
        until(lambda: self.status(run_id) is dg.DagsterRunStatus.STARTED)
        told = re.search(r"process (\d+)", self.owner(run_id))
        assert told
        return int(told[1])

    def tried_again(self, run_id: str) -> str:
        """The second try of a run."""
        tags = {PARENT_RUN_ID_TAG: run_id}
        (again,) = until(lambda: self.instance.get_runs(dg.RunsFilter(tags=tags)), pause=0.1)
        return again.run_id


ENDED = {
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
}


def tables_of(home: Settings) -> Tables:
    versions = Versions(Lake.of(home))
    return {
        table: {day: versions.version(table, day) for day in versions.lake.partitions(table)}
        if by_day(table)
        else {None: versions.version(table, None)}
        for table in dependencies()
    }


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory, server: PostgresServer) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("workers")
    home = Settings(home=folder / "home", backfill_days=SHARE)
    file = folder / "events.csv"
    # The last of a day runs into the next: their sittings are of both.
    file.write_text(events_of(DAYS).replace("T22:00:00Z", "T23:50:00Z"))
    ingest_paths(home, [file])
    alone = Settings(home=copied(home.root, folder / "alone"))
    assert materialize(alone).success
    server.empty()
    with pytest.MonkeyPatch.context() as patched, redis_server(folder) as redis:
        patched.setenv(ADDRESS, server.url)
        patched.setenv(BROKER, redis.url)
        home = home.model_copy(update={"dagster_database": server.url, "broker": redis.url})
        looked_at_every_second(home)
        environment = home.environment() | OFTEN
        programs = [
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            for command in (
                [sys.executable, "-c", DAEMON],
                [*ENTRY_POINT, "serve", "worker", "--workers", "2"],
            )
        ]
        try:
            with open_instance(home) as instance:
                launcher = instance.run_launcher
                assert isinstance(launcher, WorkerRunLauncher)
                until(lambda: launcher.leases.workers() == 2, pause=0.2)
                yield Workers(home, instance, redis, tables_of(alone))
        finally:
            for program in programs:
                program.send_signal(signal.SIGINT)
            for program in programs:
                program.wait(60)


def test_two_workers_share_a_backfill_and_the_tables_are_those_of_one_run(
    workers: Workers,
) -> None:
    instance = workers.instance
    # The daemon has looked for backfills before this one.
    until(
        lambda: any(
            state.instigator_data.cursor  # type: ignore[union-attr]
            for state in instance.all_instigator_state()
            if state.name == "cut_backfills"
        ),
        pause=0.2,
    )
    tables = [key(table) for table in dependencies() if by_day(table)]
    all_days = PartitionsSelector(
        ranges=[PartitionRangeSelector(start=f"{DAYS[0]}", end=f"{DAYS[-1]}")]
    )
    backfill = PartitionBackfill.from_partitions_by_assets(
        backfill_id="of-twenty-days",
        asset_graph=definitions(workers.home).resolve_asset_graph(),
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=instance,
        partitions_by_assets=[
            PartitionsByAssetSelector(asset_key=table, partitions=all_days) for table in tables
        ],
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)
    behind = {RUN_KEY_TAG: f"behind {backfill.backfill_id}"}
    (last,) = until(lambda: instance.get_runs(dg.RunsFilter(tags=behind)), pause=0.2)
    of_days = instance.get_runs(
        dg.RunsFilter(tags=dg.DagsterRun.tags_for_backfill_id(backfill.backfill_id))
    )
    assert len(of_days) == -(-len(DAYS) // SHARE)
    assert {run.status for run in of_days} == {dg.DagsterRunStatus.SUCCESS}
    had = {workers.owner(run.run_id).partition("@")[0] for run in of_days}
    assert had == {"worker-1", "worker-2"}
    assert workers.ended(last.run_id) is dg.DagsterRunStatus.SUCCESS
    assert workers.tables() == workers.whole
    assert (workers.home.serving / "current.duckdb").exists()
    # A task that comes a second time does nothing.
    launcher = instance.run_launcher
    assert isinstance(launcher, WorkerRunLauncher)
    told = len(instance.all_logs(last.run_id))
    launcher.celery.send_task(TASK, (last.run_id,), queue=launcher.default_queue)
    until(lambda: "is another's already" in logs(workers.home), pause=0.1)
    assert len(instance.all_logs(last.run_id)) == told


def logs(home: Settings) -> str:
    return "".join(path.read_text() for path in (home.root / "logs").glob("worker-*"))


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSTOP])
def test_a_run_whose_worker_is_silent_fails_within_two_polls_and_another_does_it(
    workers: Workers, by: signal.Signals
) -> None:
    run = workers.submit()
    process = workers.process(run)
    os.kill(process, by)
    begun = time.monotonic()
    assert workers.ended(run) is dg.DagsterRunStatus.FAILURE
    assert time.monotonic() - begun < TWO_POLLS
    assert workers.owner(run) == run_leases.TAKEN_AWAY
    again = workers.tried_again(run)
    if by is signal.SIGSTOP:
        assert workers.process(again) != process
        # It wakes, hears that the run is not its own any more, and ends before it writes more.
        os.kill(process, signal.SIGCONT)
        until(lambda: f"run {run} was taken away" in logs(workers.home), pause=0.1)
        until(lambda: not Path(f"/proc/{process}").exists(), pause=0.1)
    assert workers.ended(again) is dg.DagsterRunStatus.SUCCESS
    assert workers.status(run) is dg.DagsterRunStatus.FAILURE
    assert workers.tables() == workers.whole


def test_a_run_is_cancelled_and_one_goes_on_while_the_broker_is_away(workers: Workers) -> None:
    run = workers.submit()
    process = workers.process(run)
    os.kill(process, signal.SIGSTOP)  # so that it does not end before it hears of it
    assert workers.instance.run_launcher.terminate(run)
    time.sleep(run_leases.BEATS_EVERY)
    os.kill(process, signal.SIGCONT)
    assert workers.ended(run) is dg.DagsterRunStatus.CANCELED
    run = workers.submit()
    workers.process(run)
    workers.redis.kill()
    assert workers.ended(run) is dg.DagsterRunStatus.SUCCESS
    workers.redis.start()
    assert workers.ended(workers.submit()) is dg.DagsterRunStatus.SUCCESS
    assert workers.tables() == workers.whole


def test_a_run_is_claimed_once_and_taken_from_who_is_silent_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server(tmp_path) as redis:
        leases = RunLeases(redis.url)
        assert leases.claim("run", "ann")
        assert leases.claim("run", "ann"), "the answer may be lost: the same asks again"
        assert not leases.claim("run", "bob")
        assert leases.beat("run", "ann") is Heartbeat.HELD
        leases.cancel("run")
        assert leases.beat("run", "ann") is Heartbeat.CANCELLED
        monkeypatch.setattr(run_leases, "RESTARTED", 0)
        assert leases.taken_from("run", began=True) is None, "it lives"
        monkeypatch.setattr(run_leases, "KEPT_FOR", 0.01)
        leases.beat("run", "ann")
        assert until(lambda: leases.taken_from("run", began=True)) == "ann"
        assert leases.beat("run", "ann") is Heartbeat.LOST
        assert not leases.claim("run", "bob"), "its second try is another run"
        assert leases.taken_from("waits in the queue", began=False) is None
        monkeypatch.setattr(run_leases, "RESTARTED", 3600)
        assert leases.taken_from("run of before a restart", began=True) is None
        redis.kill()
        with pytest.raises(BrokerUnavailable, match=f"127.0.0.1:{redis.port} does not answer"):
            leases.look()


@pytest.mark.parametrize("address", ["amqp://user:secret@127.0.0.1", "secret"])
def test_what_is_no_broker_is_refused_without_telling_it(home: Settings, address: str) -> None:
    with pytest.raises(BadInput, match=f"{BROKER} names no Redis") as refused:
        dagster_home(home.model_copy(update={"broker": address}))
    assert "secret" not in str(refused.value)


def test_a_worker_without_a_queue_says_what_to_set(home: Settings) -> None:
    with pytest.raises(BadInput, match=f"set {BROKER}=redis://"):
        workers_get_runs(home)
