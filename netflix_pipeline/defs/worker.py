"""A worker of Dagster's runs, as a program: `python -m netflix_pipeline.defs.worker`.

It works on one run at a time, or one share of a day that another run builds, in its own process,
where all is imported already: most runs take less than that would. It needs the home's lake, on
whichever machine it is, and Dagster's database.
"""

import argparse
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib import import_module

import dagster as dg
from celery import Celery
from celery.worker import state
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.events import RunFailureReason
from dagster._core.execution.api import execute_run_iterator
from dagster._utils.interrupts import capture_interrupts

from netflix_pipeline.background import Thread
from netflix_pipeline.defs.daemon import YIELDS
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.reload import first_day
from netflix_pipeline.defs.run_leases import (
    BEATS_EVERY,
    BrokerUnavailable,
    Heartbeat,
    RunLeases,
    worker_name,
)
from netflix_pipeline.defs.shard_tasks import (
    SHARD_TASK,
    SHARDS,
    ShardLeases,
    make_share,
    shard_of,
)
from netflix_pipeline.defs.worker_launcher import QUEUE, TASK, WorkerRunLauncher
from netflix_pipeline.defs.worker_queue import take_only_messages
from netflix_pipeline.errors import BadInput, ends_one
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two tries to reach a Redis that is away."""
WORKS_WITH = ("build_run", "erasing", "intake")
"""What steps import when they work: a worker has it before its first run comes."""
LOST = 75
"""The exit code of a worker whose run was given to another while it was stopped."""


class Worker:
    """Works on runs and shares of days, each once; says that it and what it works on are alive."""

    def __init__(
        self, settings: Settings, instance: dg.DagsterInstance, leases: ShardLeases, name: str
    ) -> None:
        # All in this process: a run's stages come one after the other anyway.
        self._settings = settings.model_copy(update={"stage_processes": 0})
        self._instance = instance
        self._leases = leases
        self._name = name
        self._held: tuple[str, str] | None = None
        self._interrupted = False
        self._defined: tuple[date, dg.Definitions] | None = None
        self._beating = Thread("heartbeat", self._beat, BEATS_EVERY)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Meanwhile it says that it is there."""
        self._leases.worker_beats(self._name)
        self._beating.start()
        try:
            yield
        finally:
            self._beating.stop()

    def work(self, run_id: str) -> None:
        """Do a run to its end; nothing where somebody else has it, or it has ended.

        Whatever becomes of the run is recorded there: nothing is raised for it.
        """
        with self._held_alone(run_id) as ours:
            run = self._instance.get_run_by_id(run_id) if ours else None
            if not ours:
                log.warning("run %s is another's already: nothing to do", run_id)
            elif run is None or run.is_finished:
                log.warning("run %s is over, or gone: nothing to do", run_id)
            elif run.status is dg.DagsterRunStatus.CANCELING:
                self._instance.report_run_canceled(run)
            else:
                self._execute(run)

    def make_share(self, name: str, number: int) -> None:
        """Make a share of a day that another process builds, unless somebody does or did."""
        try:
            work = self._leases.offered(name)
            if work is None:
                return
            with self._held_alone(shard_of(name, number)) as ours:
                if ours:
                    make_share(self._settings, self._leases, work, name, number)
        except BrokerUnavailable as error:
            log.warning("share %d of %s: %s", number, name, error)

    @contextmanager
    def _held_alone(self, what: str) -> Iterator[bool]:
        """Hold a run, or a share, that nobody ever had; gives whether that was so."""
        owner = f"{self._name} (process {os.getpid()}, {secrets.token_hex(4)})"
        if not self._claimed(what, owner):
            yield False
            return
        self._held, self._interrupted = (what, owner), False
        try:
            yield True
        finally:
            self._held = None
            with suppress(BrokerUnavailable):  # it is forgotten by itself
                self._leases.release(what)

    def _claimed(self, what: str, owner: str) -> bool:
        while True:
            try:
                return self._leases.claim(what, owner)
            except BrokerUnavailable as error:  # the task is out of its queue: nobody else has it
                log.warning("%s waits: %s", what, error)
                time.sleep(PAUSE)

    def _execute(self, run: dg.DagsterRun) -> None:
        log.info("run %s of %s begins", run.run_id, run.job_name)
        with capture_interrupts():
            try:
                for event in execute_run_iterator(self._job(run), run, self._instance):
                    if event.event_type is dg.DagsterEventType.RUN_FAILURE:
                        why = event.job_failure_data.failure_reason
                        # By whoever ends this process: another one tries the run again.
                        if why is RunFailureReason.UNEXPECTED_TERMINATION:
                            state.should_stop = os.EX_OK
            except (KeyboardInterrupt, DagsterExecutionInterruptedError):
                self._failed(run, "it was interrupted outside of its steps")
                if not self._interrupted:
                    state.should_stop = os.EX_OK
            except BaseException as error:
                if not ends_one(error):
                    raise
                log.exception("run %s failed outside of its steps", run.run_id)
                self._failed(run, f"{type(error).__name__}: {error}")
        log.info("run %s ended", run.run_id)

    def _job(self, run: dg.DagsterRun) -> InMemoryJob:
        """The job of a run; the days that there are begin with the first that has data."""
        first = first_day(Lake.of(self._settings))
        if self._defined is None or self._defined[0] != first:
            self._defined = first, definitions(self._settings)
        return InMemoryJob(self._defined[1].resolve_job_def(run.job_name))

    def _failed(self, run: dg.DagsterRun, why: str) -> None:
        now = self._instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:
            return
        if now.status is dg.DagsterRunStatus.CANCELING:
            self._instance.report_run_canceled(now, why)
        else:
            self._instance.report_run_failed(now, why)

    def _beat(self) -> None:
        self._leases.worker_beats(self._name)
        held = self._held
        if held is None:
            return
        told = self._leases.beat(*held)
        if held is not self._held:
            return  # it ended meanwhile
        if told is Heartbeat.LOST:
            log.error(
                "run %s was taken away from this process, which stood still: it ends", held[0]
            )
            os._exit(LOST)  # before anything more is written
        elif told is Heartbeat.CANCELLED and not self._interrupted:
            self._interrupted = True
            os.kill(os.getpid(), signal.SIGINT)


def wait_for(leases: RunLeases) -> None:
    """Wait until Redis answers: whoever ended with it begins with it again."""
    while True:
        try:
            return leases.look()
        except BrokerUnavailable as error:
            log.warning("it is waited for: %s", error)
            time.sleep(PAUSE)


def main() -> None:
    """Take runs from the queue until a signal to end comes."""
    parser = argparse.ArgumentParser(description="Work on Dagster's runs.")
    parser.add_argument("--number", type=int, default=1, help="which worker of this machine it is")
    number = parser.parse_args().number
    settings = Settings()
    settings.keep_private()
    os.nice(YIELDS)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    for name in WORKS_WITH:
        import_module(f"{__package__}.{name}")
    if settings.broker:
        wait_for(RunLeases(settings.broker))
    with open_instance(settings) as instance:
        launcher = instance.run_launcher
        if not isinstance(launcher, WorkerRunLauncher):
            raise BadInput(
                "Dagster hands no runs to workers: set NETFLIX_BROKER=redis://HOST:6379/0 here and "
                f"where Dagster runs, and leave {settings.dagster / 'dagster.yaml'} as it was "
                "written."
            )
        worker = Worker(settings, instance, ShardLeases(settings.broker), worker_name(number))
        take_only_messages()
        app: Celery = launcher.celery
        app.task(worker.work, name=TASK)
        app.task(worker.make_share, name=SHARD_TASK)
        with worker.beating():
            taking = app.Worker(
                hostname=worker_name(number),
                queues=[QUEUE, SHARDS],
                loglevel=settings.log_level,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                quiet=True,
            )
            taking.start()
        sys.exit(taking.exitcode or 0)


if __name__ == "__main__":
    main()
