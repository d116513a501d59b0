"""Runs on Celery workers, as `serve worker` starts them, with the lake in a store: shared, killed,
stopped, and while an engine is away.

One Redis, one PostgreSQL, one S3 server, Dagster's daemon and two workers for all tests of the
module.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.definitions.selector import (
    PartitionRangeSelector,
    PartitionsByAssetSelector,
    PartitionsSelector,
)
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_START_TAG,
    PARENT_RUN_ID_TAG,
    RUN_KEY_TAG,
)
from redis import Redis

from netflix_pipeline.defs import run_leases
from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import ADDRESS, dagster_home, open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.retention import PURGE
from netflix_pipeline.defs.run_leases import BROKER, BrokerUnavailable, Heartbeat, RunLeases
from netflix_pipeline.defs.worker_launcher import QUEUE, TASK, WorkerRunLauncher
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.engines import HOST
from netflix_pipeline.errors import BadInput
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import dependencies
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.services.catalogue import workers_get_runs
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.golden import Standing, golden, standing
from netflix_pipeline_tests.support.command import ENTRY_POINT
from netflix_pipeline_tests.support.cut_connection import AWAY, CutConnection, cut_connection
from netflix_pipeline_tests.support.dagster_config import looked_at_every_second
from netflix_pipeline_tests.support.days import from_day
from netflix_pipeline_tests.support.postgres_server import PostgresServer
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.run_queue import enqueue
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.waiting import until

SHARE = 4
"""Days of a backfill that go to one worker."""

DAEMON = """
from dagster._daemon import controller
from netflix_pipeline.defs.daemon import main
controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2
main()
"""
OFTEN = {"DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "2"}
"""Dagster looks at runs that failed every other second."""


@dataclass
class Workers:
    """A home whose runs two workers share, and what they go by."""

    home: Settings
    instance: dg.DagsterInstance
    redis: RedisServer
    server: PostgresServer
    store: CutConnection
    """The way of daemon and workers to the store in which the lake is."""
    environment: Mapping[str, str]
    golden: Standing
    """What one process makes of the same files on a disk."""
    program: "subprocess.Popen[bytes]"
    """That which keeps both workers running."""
    daemon: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.start_daemon()

    def start_daemon(self) -> None:
        """Start Dagster's daemon, as `serve` does with one that was killed."""
        self.daemon = subprocess.Popen(
            [sys.executable, "-c", DAEMON], env=self.environment, stdout=subprocess.DEVNULL
        )

    def launcher(self) -> WorkerRunLauncher:
        """What hands runs to workers."""
        launcher = self.instance.run_launcher
        assert isinstance(launcher, WorkerRunLauncher)
        return launcher

    def clear(self) -> None:
        """Take all tables away that were built: what is there later, was built since."""
        lake = Lake.of(self.home)
        with lake.writing():
            lake.drop("silver")
            lake.drop("gold")

    def standing(self) -> Standing:
        """What stands in the lake now."""
        return standing(self.home)

    def submit(self, job: str = MATERIALIZE) -> str:
        """Ask for a run, which builds everything anew unless it is of another job; its id."""
        run = self.instance.create_run_for_job(
            definitions(self.home).resolve_job_def(job),
            run_config=config(only_pending=False) if job == MATERIALIZE else {},
            remote_job_origin=job_origin(job),
        )
        enqueue(self.instance, run)
        return run.run_id

    def backfill(self, name: str) -> int:
        """Ask for a backfill of all days, as the UI does; the number of its shares."""
        there = Lake.of(self.home).partitions("bronze/watch_events")
        days = from_day(there[0], (there[-1] - there[0]).days + 1)
        all_days = PartitionsSelector(
            ranges=[PartitionRangeSelector(start=f"{days[0]}", end=f"{days[-1]}")]
        )
        self.instance.add_backfill(
            PartitionBackfill.from_partitions_by_assets(
                backfill_id=name,
                asset_graph=definitions(self.home).resolve_asset_graph(),
                backfill_timestamp=time.time(),
                tags={},
                dynamic_partitions_store=self.instance,
                partitions_by_assets=[
                    PartitionsByAssetSelector(asset_key=key(table), partitions=all_days)
                    for table in dependencies()
                    if by_day(table)
                ],
                title=None,
                description=None,
                run_config=None,
            )
        )
        return -(-len(days) // SHARE)

    def shares(self, backfill: str) -> Sequence[dg.DagsterRun]:
        """The runs of a backfill."""
        tags = dg.DagsterRun.tags_for_backfill_id(backfill)
        return self.instance.get_runs(dg.RunsFilter(tags=tags))

    def behind(self, backfill: str) -> str:
        """The run behind a backfill."""
        tags = {RUN_KEY_TAG: f"behind {backfill}"}
        (last,) = until(lambda: self.instance.get_runs(dg.RunsFilter(tags=tags)), pause=0.2)
        return last.run_id

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
        return RunLeases(self.redis.url).owner(run_id)

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


@pytest.fixture(scope="module")
def workers(
    tmp_path_factory: pytest.TempPathFactory, server: PostgresServer, s3: S3Server
) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("workers")
    made, address = golden(folder / "golden"), s3.address()
    prove(ObjectStore.of(address), writers=4, keys=2)
    arriving = made.home(folder, lake_address=address, backfill_days=SHARE)
    for file in (*made.early, *made.late):
        arriving.arrive(file)
    server.empty()
    with (
        pytest.MonkeyPatch.context() as patched,
        redis_server(folder) as redis,
        cut_connection(s3.port) as store,
    ):
        patched.setenv(ADDRESS, server.url)
        patched.setenv(BROKER, redis.url)
        services = {"dagster_database": server.url, "broker": redis.url}
        home = arriving.settings.model_copy(update=services)
        looked_at_every_second(home)
        environment = home.environment() | OFTEN
        environment["AWS_ENDPOINT_URL"] = f"http://{HOST}:{store.port}"
        with (
            open_instance(home) as instance,
            subprocess.Popen(
                [*ENTRY_POINT, "serve", "worker", "--workers", "2"],
                env=environment,
                stdout=subprocess.DEVNULL,
            ) as both,
        ):
            told = Workers(home, instance, redis, server, store, environment, made.standing, both)
            try:
                until(lambda: told.launcher().leases.workers() == 2, pause=0.2)
                yield told
            finally:
                for program in (told.daemon, both):
                    program.send_signal(signal.SIGINT)
                for program in (told.daemon, both):
                    program.wait(60)


def test_two_workers_share_a_backfill_whose_daemon_is_killed_and_make_the_golden_tables(
    workers: Workers,
) -> None:
    instance, launcher = workers.instance, workers.launcher()
    # The daemon has looked for backfills before this one.
    until(
        lambda: any(
            state.instigator_data.cursor  # type: ignore[union-attr]
            for state in instance.all_instigator_state()
            if state.name == "cut_backfills"
        ),
        pause=0.2,
    )
    shares = workers.backfill("of-all-days")
    until(lambda: workers.shares("of-all-days"))
    workers.daemon.kill()
    workers.daemon.wait()
    workers.start_daemon()
    last = workers.behind("of-all-days")
    of_days = workers.shares("of-all-days")
    firsts = {run.tags[ASSET_PARTITION_RANGE_START_TAG] for run in of_days}
    assert (len(of_days), len(firsts)) == (shares, shares), "each share once"
    assert {run.status for run in of_days} == {dg.DagsterRunStatus.SUCCESS}
    had = {workers.owner(run.run_id).partition("@")[0] for run in of_days}
    assert had == {"worker-1", "worker-2"}
    assert workers.ended(last) is dg.DagsterRunStatus.SUCCESS
    assert workers.standing() == workers.golden
    assert (workers.home.serving / "current.duckdb").exists()
    # A task that comes a second time does nothing.
    told = len(instance.all_logs(last))
    launcher.celery.send_task(TASK, (last,), queue=launcher.default_queue)
    until(lambda: "is another's already" in logs(workers.home), pause=0.1)
    assert len(instance.all_logs(last)) == told


MESSAGE: dict[str, object] = {
    "body": b64encode(b"[[], {}, {}]").decode(),
    "headers": {"id": "1", "task": "another"},
    "properties": {
        "delivery_tag": "1",
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "body_encoding": "base64",
    },
    "content-type": "application/json",
    "content-encoding": "utf-8",
}
CHANGES: list[dict[str, object]] = [{"body": "?"}, {"body": "Nw=="}, {"headers": {}}]
NO_MESSAGES = (
    *("", "nonsense", "[]", "7", "{}", '{"properties": {}}', b"\xff"),
    *(json.dumps(MESSAGE | change) for change in CHANGES),
)


def test_what_is_no_message_ends_no_worker(workers: Workers) -> None:
    both = psutil.Process(workers.program.pid).children(recursive=True)
    with Redis.from_url(workers.redis.url) as queue:
        for text in (*NO_MESSAGES, json.dumps(MESSAGE)):  # nobody knows the task of the last one
            queue.lpush(f"netflix:{QUEUE}", text)
    told = "is no message and is left out"
    until(lambda: logs(workers.home).count(told) == len(NO_MESSAGES), pause=0.1)
    assert workers.ended(workers.submit(PURGE)) is dg.DagsterRunStatus.SUCCESS
    assert psutil.Process(workers.program.pid).children(recursive=True) == both


def logs(home: Settings) -> str:
    return "".join(path.read_text() for path in (home.root / "logs").glob("worker-*"))


def falls_silent(workers: Workers, run: str, by: signal.Signals) -> int:
    """Have the process that works on a run be killed, or stopped, and wait until that is seen."""
    process = workers.process(run)
    os.kill(process, by)
    assert workers.ended(run) is dg.DagsterRunStatus.FAILURE
    assert workers.owner(run) == run_leases.TAKEN_AWAY
    return process


def test_a_run_whose_worker_is_silent_fails_and_another_does_it(
    workers: Workers,
) -> None:
    workers.clear()
    run = workers.submit()
    falls_silent(workers, run, signal.SIGKILL)
    second = workers.tried_again(run)
    process = falls_silent(workers, second, signal.SIGSTOP)
    third = workers.tried_again(second)
    assert workers.process(third) != process
    # It wakes, hears that the run is not its own any more, and ends before it writes more.
    os.kill(process, signal.SIGCONT)
    until(lambda: f"run {second} was taken away" in logs(workers.home), pause=0.1)
    until(lambda: not Path(f"/proc/{process}").exists(), pause=0.1)
    assert workers.ended(third) is dg.DagsterRunStatus.SUCCESS
    assert {workers.status(each) for each in (run, second)} == {dg.DagsterRunStatus.FAILURE}
    assert workers.standing() == workers.golden


def test_a_run_is_cancelled(workers: Workers) -> None:
    run = workers.submit()
    process = workers.process(run)
    os.kill(process, signal.SIGSTOP)  # so that it does not end before it hears of it
    assert workers.launcher().terminate(run)
    time.sleep(run_leases.BEATS_EVERY)
    os.kill(process, signal.SIGCONT)
    assert workers.ended(run) is dg.DagsterRunStatus.CANCELED


ENGINES: Mapping[str, tuple[Callable[[Workers], None], Callable[[Workers], None]]] = {
    "postgresql": (lambda told: told.server.stop(), lambda told: told.server.start()),
    "redis": (lambda told: told.redis.kill(), lambda told: told.redis.start()),
    "s3": (lambda told: told.store.cut_off(), lambda told: told.store.cut_off(cut=False)),
}
"""How each of them goes away, and comes back."""


@pytest.mark.parametrize("engine", ENGINES)
def test_what_works_and_what_waits_goes_on_where_an_engine_was_away(
    workers: Workers, engine: str
) -> None:
    away, back = ENGINES[engine]
    workers.clear()
    run = workers.submit()
    workers.process(run)
    away(workers)
    returning = threading.Timer(AWAY, back, [workers])
    returning.start()
    waits = workers.submit(PURGE)
    returning.join()
    # By itself: nobody has to try it again.
    assert workers.ended(run) is dg.DagsterRunStatus.SUCCESS
    assert workers.ended(waits) is dg.DagsterRunStatus.SUCCESS
    assert workers.daemon.poll() is None
    assert workers.standing() == workers.golden


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
