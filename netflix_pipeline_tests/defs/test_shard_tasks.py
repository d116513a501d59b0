"""Shares of a large day on workers, as `serve worker` starts them, also killed, or without broker.

One Redis and two workers for all tests of the module.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

from netflix_pipeline.defs import run_leases
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import dagster_home
from netflix_pipeline.defs.run_leases import BROKER, RunLeases
from netflix_pipeline.defs.shard_tasks import workers_at
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import WHOLE, Footer, Lake, Partition, Sharding
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, HEADER, from_day
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.waiting import until

WORKER = """
import os, signal
from contextlib import suppress
from pathlib import Path

from netflix_pipeline.defs import run_leases
from netflix_pipeline.lake import Lake

run_leases.KEPT_FOR, run_leases.BEATS_EVERY = 2.0, 0.3
put, asked = Lake.put_piece, Path(os.environ["NETFLIX_HOME"], "asked")

def put_and_do_as_asked(lake, name, rows):
    put(lake, name, rows)
    with suppress(FileNotFoundError):
        word = asked.read_text()
        asked.unlink()
        if word == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        raise RuntimeError("as asked")

Lake.put_piece = put_and_do_as_asked

from netflix_pipeline.defs.worker import main
main()
"""
"""A worker that is known to be dead soon; amid a share it stops or fails where a file asks."""

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
    home, logs = shared.home, [shared.home.root / f"worker-{number}.log" for number in (1, 2)]
    dagster_home(home)
    programs = [begun(home, number, log) for number, log in enumerate(logs, 1)]
    try:
        until(lambda: all("ready" in log.read_text() for log in logs), pause=0.1)
        yield Workers(home, shared.redis, shared.whole, programs, logs)
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


def test_two_workers_make_shares_and_the_tables_are_those_of_one_process(
    workers: Workers, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workers.made() == [0, 0], "what nobody took is no task any more"
    (workers.home.root / "asked").write_text("fail")
    assert workers.built(2) == workers.whole
    assert workers.left_to_others() == 1
    assert any(workers.made())
    # A run of Dagster's, as the settings say.
    monkeypatch.setattr(
        "netflix_pipeline.defs.build_run.Sharding", lambda most: Sharding(most, rows=1)
    )
    before = sum(workers.made())
    home = workers.home.model_copy(update={"day_shards": 8})
    assert materialize(home, everything=True).success
    assert footers(home) == workers.whole
    assert sum(workers.made()) > before
    assert all(workers.made())
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
