"""Shares of a large day on workers, as `serve worker` starts them, also killed, or without broker.

One Redis and two workers for all tests of the module.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import polars as pl
import psutil
import pytest
from redis import Redis

from netflix_pipeline.defs import run_leases, shard_tasks
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import dagster_home, open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.run_leases import BROKER, RunLeases
from netflix_pipeline.defs.shard_tasks import (
    FAILED,
    MADE,
    TOLD,
    ShardLeases,
    make_share,
    shard_of,
    workers_at,
)
from netflix_pipeline.defs.worker import LOST
from netflix_pipeline.defs.worker_launcher import TASK, WorkerRunLauncher
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import WHOLE, Footer, Lake, Partition, Sharding
from netflix_pipeline.materialize import Versions, build, dependencies
from netflix_pipeline.materialize.same_day import parts_of_share
from netflix_pipeline.materialize.shard_work import OtherState, ShardWork
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, HEADER, from_day
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.waiting import until

WORKER = """
import os, signal, time
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.defs import resources, run_leases
from netflix_pipeline.defs.shard_tasks import ShardTasks
from netflix_pipeline.lake import Lake, Sharding

run_leases.KEPT_FOR, run_leases.BEATS_EVERY = 2.0, 0.3
put, asked = Lake.put_piece, Path(os.environ["NETFLIX_HOME"], "asked")

def put_and_do_as_asked(lake, name, rows):
    put(lake, name, rows)
    with suppress(FileNotFoundError):
        word = asked.read_text()
        asked.unlink()
        if word == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if word == "hang":
            time.sleep(3600)
        raise RuntimeError("as asked")

Lake.put_piece = put_and_do_as_asked

# With a run of its own: it cuts small days, too, and takes a while to begin with a share.
resources.Sharding = lambda most: Sharding(most, rows=1)
claimed = ShardTasks._claimed

def claimed_later(tasks, name, share):
    time.sleep(0.05)
    return claimed(tasks, name, share)

ShardTasks._claimed = claimed_later

from netflix_pipeline.defs.worker import main
main()
"""
"""A worker that is known to be dead soon; amid a share it stops, hangs or fails as a file asks."""

Footers = dict[tuple[str, Partition], Footer | None]


def viewing() -> str:
    """Two days on which many people watch, some of them past midnight."""
    rows = [
        f"{day}-{user}-{hour},u{user},t{(user + hour) % 5},{day}T{hour}:{40 + user // 2}:00Z,"
        f"stopped,{900 + 60 * user}"
        for day in from_day(FIRST, 2)
        for user in range(30)
        for hour in (20, 23)
    ]
    return "\n".join([HEADER, *rows, ""])


@dataclass
class Shared:
    """A home with two days, and what its tables say where one process makes them whole."""

    home: Settings
    redis: RedisServer
    whole: Footers

    def built(self, shards: int) -> Footers:
        """What the tables say once they are made anew, in so many shards."""
        helpers = workers_at(self.redis.url)
        lake, sharding = Lake.of(self.home), Sharding(shards, rows=1)
        tables = dependencies()
        for each in build(
            lake, tables, None, only_pending=False, sharding=sharding, helpers=helpers
        ):
            assert each.good
            assert not each.changed
        return footers(self.home)

    def left(self) -> set[str]:
        """What waits in the lake to be added up."""
        return {path.suffix for path in Lake.of(self.home).drafts("silver/plays").iterdir()}


def footers(home: Settings) -> Footers:
    lake = Lake.of(home)
    return {
        (table, partition): lake.footer(table, partition)
        for table in dependencies()
        for partition in lake.every_partition(table)
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("shards")
    (folder / "events.csv").write_text(viewing())
    home = Settings(home=folder / "home")
    ingest_paths(home, [folder / "events.csv"])
    for each in build(Lake.of(home), dependencies(), None, only_pending=True):
        assert each.good
    with pytest.MonkeyPatch.context() as patched, redis_server(folder) as redis:
        patched.setenv(BROKER, redis.url)
        home = home.model_copy(update={"broker": redis.url})
        yield Shared(home, redis, footers(home))


@dataclass
class Workers(Shared):
    """The same with two workers."""

    programs: list["subprocess.Popen[bytes]"]
    logs: list[Path]

    def made(self) -> list[int]:
        """How many shares each worker has made."""
        return [log.read_text().count(" was made in ") for log in self.logs]

    def run(self) -> str:
        """Which worker had a run of Dagster's, once it has built all tables anew."""
        with pytest.MonkeyPatch.context() as patched, ExitStack() as opened:
            patched.setenv(BROKER, self.redis.url)
            instance = opened.enter_context(open_instance(self.home))
            run = instance.create_run_for_job(
                definitions(self.home).resolve_job_def(MATERIALIZE),
                run_config=config(only_pending=False),
                remote_job_origin=job_origin(MATERIALIZE),
            )
            launcher = instance.run_launcher
            assert isinstance(launcher, WorkerRunLauncher)
            launcher.celery.send_task(TASK, (run.run_id,), queue=launcher.default_queue)

            def ended() -> dg.DagsterRun | None:
                now = instance.get_run_by_id(run.run_id)
                return now if now and now.is_finished else None

            now = until(ended, pause=0.1)
            assert now
            assert now.is_success
            return launcher.leases.owner(run.run_id)

    def left_to_others(self) -> int:
        """How many shares they could not make."""
        return sum(log.read_text().count(" is left to who asks ") for log in self.logs)


def begun(home: Settings, number: int, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as lines:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, "--number", f"{number}"],
            env=home.environment(),
            stdout=lines,
            stderr=lines,
        )


@pytest.fixture(scope="module")
def workers(shared: Shared) -> Iterator[Workers]:
    home = shared.home.model_copy(update={"day_shards": 2})
    logs = [shared.home.root / f"worker-{number}.log" for number in (1, 2)]
    dagster_home(home)
    programs = [begun(home, number, log) for number, log in enumerate(logs, 1)]
    try:
        until(lambda: all("ready" in log.read_text() for log in logs), pause=0.1)
        yield Workers(shared.home, shared.redis, shared.whole, programs, logs)
    finally:
        for program in programs:
            program.kill()
        for program in programs:
            program.wait()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who builds takes a while to read a share, so that workers are as quick with theirs."""
    read = Lake.read

    def read_slowly(*arguments: Any, **named: Any) -> pl.DataFrame:
        share = named.get("share", WHOLE) if len(arguments) < 6 else arguments[5]
        if share != WHOLE:
            time.sleep(0.03)
        return read(*arguments, **named)

    monkeypatch.setattr(Lake, "read", read_slowly)


def test_shares_that_no_worker_takes_are_made_by_who_builds(shared: Shared) -> None:
    assert shared.built(8) == shared.whole
    assert shared.left() == set()
    shared.redis.kill()
    assert shared.built(2) == shared.whole
    shared.redis.start()


def test_who_writes_to_the_broker_changes_nothing_of_what_is_made(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, told = RunLeases.claim, cycle(("[]", MADE))

    def claimed_before(leases: RunLeases, shard: str, owner: str) -> bool:
        if shard.endswith("-0"):
            with Redis.from_url(shared.redis.url) as client:
                client.set(run_leases.CLAIMED % shard, "somebody")
                client.set(TOLD % shard, next(told))
        return claim(leases, shard, owner)

    with monkeypatch.context() as patch:
        patch.setattr(RunLeases, "claim", claimed_before)
        assert shared.built(2) == shared.whole

    lake, leases = Lake.of(shared.home), ShardLeases(shared.redis.url)
    one, other = (
        ShardWork.described(Versions(lake), parts_of_share, ["gold/arrival_daily"], [day], 2)
        for day in from_day(FIRST, 2)
    )
    name = uuid4().hex
    make_share(shared.home, leases, one.encode(), name, 0)
    assert leases.told(shard_of(name, 0)) == MADE
    with pytest.raises(OtherState, match="made for other work"):
        other.taken(lake, shard_of(name, 0))
    for place in ("../../elsewhere", f"{name}-0"):
        with pytest.raises(BadInput, match="no name of an offer"):
            make_share(shared.home, leases, one.encode(), place, 1)
        with pytest.raises(BadInput, match="no name of a piece"):
            lake.put_piece(f"{place}/1", pl.DataFrame())
    assert not list(shared.home.root.rglob("elsewhere*"))
    foreign = replace(one, make="netflix_pipeline.materialize.shard_work:json.dumps")
    make_share(shared.home, leases, foreign.encode(), name, 1)
    assert leases.told(shard_of(name, 1)) == FAILED
    with lake.publishing():
        assert shared.left() == set()


def test_two_workers_make_shares_and_the_tables_are_those_of_one_process(
    workers: Workers, slow: None
) -> None:
    assert workers.made() == [0, 0], "what nobody took is no task any more"
    (workers.home.root / "asked").write_text("fail")
    assert workers.built(2) == workers.whole
    assert workers.left_to_others() == 1
    assert any(workers.made())
    # One has a run, the other helps it, as the settings say.
    before = workers.made()
    builder = workers.run()
    assert footers(workers.home) == workers.whole
    added = [now - then for now, then in zip(workers.made(), before, strict=True)]
    helped = added.pop(1 if builder.startswith("worker-1@") else 0)
    assert helped > 0
    assert added == [0]
    assert workers.left_to_others() == 1
    assert workers.left() == set()


def test_a_share_whose_worker_is_killed_is_made_by_another(
    workers: Workers, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_leases, "RESTARTED", 0)
    (workers.home.root / "asked").write_text("stop")
    killed: list[str] = []
    taken_from = RunLeases.taken_from

    def kill_who_stopped(leases: RunLeases, shard: str, *, began: bool) -> str | None:
        for program in workers.programs:
            if not killed and psutil.Process(program.pid).status() == psutil.STATUS_STOPPED:
                program.kill()
                program.wait()
                killed.append(shard)
        return taken_from(leases, shard, began=began)

    # Once who builds waits for it: it has made a part of its share, and told nothing.
    monkeypatch.setattr(RunLeases, "taken_from", kill_who_stopped)
    assert workers.built(8) == workers.whole
    assert killed
    assert workers.left() == {".piece"}
    with Lake.of(workers.home).publishing():
        assert workers.left() == set()


def test_a_worker_that_hangs_is_given_up_and_ends(
    workers: Workers, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_tasks, "PATIENCE", 0.5)
    monkeypatch.setattr(shard_tasks, "SLOWER", 0.0)
    (hanging,) = (program for program in workers.programs if program.poll() is None)
    (workers.home.root / "asked").write_text("hang")
    assert workers.built(2) == workers.whole
    assert until(hanging.poll) == LOST
