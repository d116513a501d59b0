"""What a process does beside what it is asked: each such task is supervised.

A task is one step, done again and again. A step that fails, whatever it raises, is tried again
after a pause that doubles up to `LONGEST`, and differs between processes. Readiness and monitoring
read from `health` which tasks do their work. No other module starts a thread or an asyncio task
that outlives the request or command that it belongs to; a test keeps it so.
"""

import asyncio
import logging
import math
import random
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from netflix_pipeline.errors import PipelineError

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.5, 10.0
"""Seconds of the first pause after a failure and of the longest, up to half of which is cut."""
PATIENCE = 30.0
"""Seconds without progress after which a task is told to hang, where it says nothing else."""


@dataclass(frozen=True)
class TaskHealth:
    """Whether a task does its work; `problem` tells why it does not.

    `restarts` counts how often it failed since the process began. `vital` is whether the process is
    of no use while it does not work.
    """

    name: str
    problem: str | None
    restarts: int
    vital: bool


class Task:
    """What is known of one task.

    A process can do without it for `grace` seconds; without end, where nothing is said.
    """

    def __init__(self, name: str, *, grace: float = math.inf, patience: float = PATIENCE) -> None:
        self.name = name
        self.problem: str | None = None
        self._grace = grace
        self._patience = patience
        self._failures = 0
        self._kind: type[BaseException] | None = None
        self._well_at = time.monotonic()
        self._due = math.inf

    def begins(self) -> None:
        """It has something to do, and is to be heard of again within its patience."""
        self._due = time.monotonic() + self._patience

    def rests(self) -> None:
        """It waits for work, for however long."""
        self._due = math.inf

    def works(self) -> None:
        """It did what it is for: whatever failed before is over."""
        if self._failures:
            log.info("%s: works again after %d failures", self.name, self._failures)
        self.problem, self._failures, self._kind = None, 0, None
        self._well_at = time.monotonic()
        self.begins()

    def failed(self, error: BaseException) -> float:
        """It failed, and is to be tried again after so many seconds."""
        self.rests()
        mistake = f"it failed by a mistake ({type(error).__name__}): the log tells more."
        self.problem = str(error) if isinstance(error, PipelineError) else mistake
        if type(error) is not self._kind:
            if isinstance(error, PipelineError):
                log.warning("%s: fails, and is tried again: %s", self.name, error)
            else:
                log.error("%s: fails, and is tried again", self.name, exc_info=error)
        self._kind = type(error)
        self._failures += 1
        with _changing:
            _restarts[self.name] += 1
        longest = min(LONGEST, SHORTEST * 2.0 ** min(self._failures - 1, 16))
        return longest * random.uniform(0.5, 1)  # noqa: S311 - so that not all come at once

    def health(self) -> TaskHealth:
        """How it is now."""
        now = time.monotonic()
        problem, since = self.problem, self._well_at
        if problem is None and now > self._due:
            problem = (
                f"it has made no progress for {now - self._due + self._patience:.0f} s: it waits "
                "for something that does not come."
            )
            since = self._due - self._patience
        vital = problem is not None and now - since >= self._grace
        return TaskHealth(self.name, problem, _restarts[self.name], vital)


_changing = threading.Lock()
_tasks: list[Task] = []
_restarts: Counter[str] = Counter()


def health() -> list[TaskHealth]:
    """All tasks of this process by name; of several of one name, the one that is worst."""
    with _changing:
        states = [task.health() for task in _tasks]
    states.sort(key=lambda state: (state.name, state.vital, state.problem or ""))
    return list({state.name: state for state in states}.values())


class Thread:
    """A task in a thread of its own: `step` is done every so many seconds, from `start` to `stop`.

    The first comes after as many. A long step says itself, by `task`, that it works.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        every: float = 0.0,
        *,
        grace: float = math.inf,
        patience: float = PATIENCE,
    ) -> None:
        self.task = Task(name, grace=grace, patience=patience)
        self._step = step
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def ending(self) -> bool:
        """Whether it was told to end."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait within a step; whether it was told to end meanwhile."""
        return self._ended.wait(seconds)

    def stop(self) -> None:
        """End; returns when the step that is under way has."""
        self.end()
        if self._thread.is_alive():
            self._thread.join()

    def end(self) -> None:
        """End, once the step that is under way has, which is not waited for."""
        self._ended.set()

    def _run(self) -> None:
        with _known(self.task):
            pause = self._every
            while not self._ended.wait(pause):
                self.task.begins()
                try:
                    self._step()
                except BaseException as error:  # noqa: BLE001 - a panic of a library is none less
                    pause = self.task.failed(error)
                else:
                    self.task.works()
                    self.task.rests()
                    pause = self._every
        # What it did may hold much, a snapshot say, and often knows this thread: without this, both
        # would stay in memory until all garbage is looked for.
        self._step = lambda: None


class Preparation:
    """Something that is made ready beside, once; where it fails, again until it is made.

    What is begun takes the place of what was begun before.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: Thread | None = None

    def begin(self, work: Callable[[], object]) -> None:
        """Begin to make something ready; it is not waited for."""

        def step() -> None:
            work()
            thread.end()

        if self._running is not None:
            self._running.end()
        # How long it takes depends on how much there is.
        thread = self._running = Thread(self._name, step, patience=math.inf)
        thread.start()

    def stop(self) -> None:
        """Begin nothing again; returns when what is under way has ended."""
        if self._running is not None:
            self._running.stop()


@asynccontextmanager
async def repeating(
    name: str,
    step: Callable[[], Awaitable[None]],
    every: float,
    *,
    after: float | None = None,
    grace: float = math.inf,
    patience: float = PATIENCE,
) -> AsyncIterator[None]:
    """Meanwhile, a task of the event loop: `step` is done every so many seconds.

    The first comes `after` as many, or others.
    """
    task = Task(name, grace=grace, patience=patience)
    running = asyncio.create_task(_repeat(task, step, every, every if after is None else after))
    with _known(task):
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@asynccontextmanager
async def ended(stop: Callable[[], None]) -> AsyncIterator[None]:
    """At the end of a service's life, `stop`, off the event loop."""
    try:
        yield
    finally:
        await asyncio.to_thread(stop)


async def _repeat(
    task: Task, step: Callable[[], Awaitable[None]], every: float, after: float
) -> None:
    pause = after
    while True:
        await asyncio.sleep(pause)
        task.begins()
        try:
            await step()
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of a library is none less
            pause = task.failed(error)
        else:
            task.works()
            task.rests()
            pause = every


@contextmanager
def _known(task: Task) -> Iterator[None]:
    with _changing:
        _tasks.append(task)
    try:
        yield
    finally:
        with _changing:
            _tasks.remove(task)
