"""A cluster on one machine: engines, Dagster and workers as users start them, and its runs."""

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import psycopg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    BACKFILL_ID_TAG,
)

from benchmarks.scaling.days import Days
from benchmarks.scaling.scale import Done, Step, Used
from benchmarks.scaling.usage import connected, cpu_seconds, most_megabytes, watched
from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.defs.assets import GRAPH
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import MATERIALIZE, config
from netflix_pipeline.defs.run_leases import RunLeases
from netflix_pipeline.defs.workspace import job_origin
from netflix_pipeline.engines import S3, Engine, Postgres, Redis, free_port
from netflix_pipeline.materialize import dependencies
from netflix_pipeline.monitoring.stage_metrics import CPU, Stored
from netflix_pipeline.monitoring.told_files import told
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.run_queue import enqueue

PATIENCE = 1200.0
"""Seconds after which a run does not end any more."""
STARTS_WITHIN = 180.0
"""Seconds after which Dagster does not start any more."""
LOOK = 0.25
BUCKET = "viewing"
BY_DAY = frozenset(key(table) for table in dependencies() if by_day(table))
"""What a backfill of all tables has of them; the others follow in one run behind it."""
OWNER = re.compile(r"(.+) \(process (\d+),")


@dataclass(frozen=True)
class Engines:
    """The engines that run, the process of each by its name, and settings that name them."""

    settings: Settings
    processes: Mapping[str, int]


@contextmanager
def engines(folder: Path, lake: str, runs: int) -> Iterator[Engines]:
    """PostgreSQL and Redis, which force all to disk, and an S3 server for a lake in a store.

    From then on this process and those that it starts find them; at most so many runs are at work.
    Raises BadInput where one is not installed.
    """
    with ExitStack() as stack:
        # Not below a folder in which only this user gets in.
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netflix-bench-")))
        place.chmod(0o755)
        postgres = Postgres(place / "postgres", secrets.token_urlsafe())
        broker = Redis(folder / "redis")
        processes = {
            "PostgreSQL": stack.enter_context(started(postgres, "-c", "fsync=on")),
            "Redis": stack.enter_context(started(broker)),
        }
        settings = Settings(
            home=folder / "home",
            dagster_database=postgres.address(),
            broker=broker.address(),
            concurrent_runs=runs,
            dagster_port=free_port(),
        )
        if lake == "s3":
            store = S3(folder / "s3")
            processes["S3 server"] = stack.enter_context(started(store))
            store.create(BUCKET)
            os.environ.update(store.environment)
            settings = settings.model_copy(update={"lake_address": f"s3://{BUCKET}/lake"})
            prove(ObjectStore.of(settings.lake_address))
        os.environ.update(settings.environment())
        yield Engines(settings, processes)


@contextmanager
def started(engine: Engine, *options: str) -> Iterator[int]:
    """An engine that runs until the end; gives its process."""
    engine.make()
    with (
        engine.log.open("wb") as lines,
        subprocess.Popen(
            [*engine.command, *options],
            cwd=engine.folder,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
        ) as process,
    ):
        try:
            engine.wait(process)
            yield process.pid
        finally:
            # By SIGTERM PostgreSQL waits for those who are connected.
            process.send_signal(signal.SIGINT if isinstance(engine, Postgres) else signal.SIGTERM)


@contextmanager
def serving(*words: str) -> Iterator[int]:
    """`netflix-pipeline serve` with these words, until the end; gives its process."""
    program = str(Path(sys.executable).with_name("netflix-pipeline"))
    with subprocess.Popen([program, "serve", *words], stdout=subprocess.DEVNULL) as started:
        try:
            yield started.pid
        finally:
            started.send_signal(signal.SIGTERM)


class Cluster:
    """Dagster's runs, asked for and followed; what they and the engines take meanwhile."""

    def __init__(self, running: Engines, instance: dg.DagsterInstance, dagster: int) -> None:
        self._settings = running.settings
        self._instance = instance
        self._job = definitions(running.settings).resolve_job_def(MATERIALIZE)
        self._leases = RunLeases(running.settings.broker)
        self._postgres = psycopg.connect(running.settings.dagster_database, autocommit=True)
        self._beside = {**running.processes, "Dagster": dagster}

    def ready(self) -> None:
        """Wait until Dagster's daemon looks for runs."""
        _until(lambda: bool(self._instance.get_daemon_heartbeats()), "Dagster", STARTS_WITHIN)

    def one_each(self, workers: int, days: Days) -> Mapping[str, int]:
        """Have each worker do a run over a day, and one over all that looks over the history.

        So each has done everything once; gives the process of each by its name.
        """
        shared = [*days.parts(workers)]
        found: dict[str, int] = {}
        for make in (self.piece, self.rest):
            for _ in range(5):
                done = self.done([make(Days(part.first, 1)) for part in shared])
                found = {run.worker: run.process for run in done}
                if len(found) == workers:
                    break
            else:
                raise RuntimeError(f"of {workers} workers only {sorted(found)} take runs")
        return found

    def piece(self, days: Days) -> dg.DagsterRun:
        """A run that builds days anew, as one of a backfill; it is not asked for yet."""
        return self._made(days, None, BY_DAY, {BACKFILL_ID_TAG: uuid4().hex[:8]})

    def rest(self, days: Days) -> dg.DagsterRun:
        """The run behind a backfill: days at the edges, what looks over the history, a publish."""
        return self._made(days, config(), None, {})

    def _made(
        self,
        days: Days,
        asked: Mapping[str, Any] | None,
        assets: frozenset[dg.AssetKey] | None,
        tags: Mapping[str, str],
    ) -> dg.DagsterRun:
        limits = {
            ASSET_PARTITION_RANGE_START_TAG: days.first.isoformat(),
            ASSET_PARTITION_RANGE_END_TAG: days.last.isoformat(),
        }
        return self._instance.create_run_for_job(
            self._job,
            run_config=asked,
            asset_selection=assets,
            tags={**limits, **tags},
            remote_job_origin=job_origin(MATERIALIZE),
        )

    def done(self, runs: Sequence[dg.DagsterRun]) -> list[Done]:
        """Ask for runs, all at once, and wait for all. Raises RuntimeError where one fails."""
        for run in runs:
            enqueue(self._instance, run)
        asked = dg.RunsFilter(run_ids=[run.run_id for run in runs])
        _until(lambda: all(map(self._has_ended, self._instance.get_runs(asked))), "a run", PATIENCE)
        return [self._told(run.run_id) for run in runs]

    def _has_ended(self, run: dg.DagsterRun) -> bool:
        if run.is_finished and not run.is_success:
            failures = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
            why = "; ".join(event.user_message for event in failures)
            raise RuntimeError(f"run {run.run_id} ended as {run.status.value}: {why}")
        return run.is_finished

    def _told(self, run_id: str) -> Done:
        owner = OWNER.match(self._leases.owner(run_id))
        launched = self._instance.get_run_stats(run_id).launch_time
        assert owner is not None
        assert launched is not None
        steps = {
            step.step_key.removeprefix(f"{GRAPH}."): Step(step.start_time, step.end_time)
            for step in self._instance.get_run_step_stats(run_id)
            if step.start_time is not None and step.end_time is not None
        }
        return Done(owner[1], int(owner[2]), launched, steps)

    @contextmanager
    def used(self, workers: Sequence[int]) -> Iterator[list[Used]]:
        """What these workers and all beside them take meanwhile: one thing, there at the end."""
        found: list[Used] = []
        before, stages = self._beside_cpu(), self._stages_cpu()
        of_workers, since = sum(map(cpu_seconds, workers)), time.perf_counter()
        with watched(lambda: connected(self._postgres)) as seen:
            yield found
        seconds = time.perf_counter() - since
        found.append(
            Used(
                seconds,
                sum(map(cpu_seconds, workers)) - of_workers,
                {name: now - before[name] for name, now in self._beside_cpu().items()},
                {name: now - stages.get(name, 0) for name, now in self._stages_cpu().items()},
                max(seen),
                max(map(most_megabytes, workers), default=0.0),
            )
        )

    def _beside_cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(process) for name, process in self._beside.items()}

    def _stages_cpu(self) -> dict[str, float]:
        counted = told(self._settings.monitoring / "stages.json", Stored) or {}
        return {stage: seconds for (stage,), seconds in counted.get(CPU, [])}


@contextmanager
def cluster(running: Engines) -> Iterator[Cluster]:
    """Dagster's webserver and daemon, and what asks them for runs."""
    with (
        serving("dagster") as dagster,
        open_instance(running.settings) as instance,
    ):
        found = Cluster(running, instance, dagster)
        found.ready()
        yield found


def _until(look: Callable[[], bool], what: str, patience: float) -> None:
    """Wait for something. Raises RuntimeError where it does not come."""
    end = time.monotonic() + patience
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} was waited for, {patience:.0f} s")
        time.sleep(LOOK)
