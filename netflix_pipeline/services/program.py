"""A program that is kept running: started again when it dies, replaced without a pause when asked.

    begun ──ready──> serves ──dies──> its standby takes over; without one: begun again, after a
                       │              pause that doubles
                       └──restart──> another is begun beside it; once that is ready, it ends

A standby is a warm one: it has loaded all its code, which takes seconds, and opens what it serves
only when its turn comes. One that does not listen has no successor beside it: it ends first.
"""

import itertools
import logging
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.services import guard
from netflix_pipeline.services.catalogue import Program
from netflix_pipeline.services.handover import LEAVES_WITHIN
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds that a program has to end by itself."""
SHORTEST, LONGEST = 0.25, 60.0
"""Seconds of the first pause before a program that died again is started, and of the longest."""
HEALTHY = 30.0
"""Seconds after which a program that died counts as one that ran: the next pause is the first."""
UNDISTURBED = 5.0
"""Seconds that a program has been ready for when its standby is begun, which takes a core."""
REPLACED_WITHIN = 180.0
"""Seconds in which one that is to replace another must be ready."""
LAST_LINES, LAST_BYTES = 15, 2**15
"""What is told of the log of a program that died."""
LOG_LOOKED_AT = 1.0
"""Seconds between two looks at how long a log is."""
ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""glibc gives each thread a heap of its own by default, and heaps keep what was once used
(mallopt(3)): the many threads of a service would grow with each snapshot that is published.
"""
GUARDED_BY = "GUARDED_BY_NETFLIX_PIPELINE"
"""In the environment of all that runs below a guard: which one. No setting, so not `NETFLIX_*`."""

_numbers = itertools.count()


@dataclass
class Running:
    """A program that was started: the process of its guard, and what tells that it is ready."""

    process: subprocess.Popen[bytes]
    guarded_by: str
    started: int | None
    """The reading end of a pipe; None where it is ready at once, or said so."""
    begun: float
    turn: int | None = None
    """The writing end of a pipe: a standby waits until it is closed."""
    ends_by: float | None = None
    """When it must have ended, once it was told to."""

    @property
    def ready(self) -> bool:
        """Whether it has said that it started."""
        if self.started is not None:
            with suppress(BlockingIOError):
                if os.read(self.started, 1):
                    self._forget_pipe()
        return self.started is None

    def take_over(self) -> None:
        """Let a standby begin."""
        assert self.turn is not None
        os.close(self.turn)
        self.turn, self.begun = None, time.monotonic()

    def tell_to_end(self) -> None:
        """Ask it to end; its guard sees to it that it does."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.ends_by = time.monotonic() + 2 * GRACE

    def leave(self) -> None:
        """Let it end once it has answered what it was asked: another is there already."""
        self.process.send_signal(signal.SIGUSR1)
        self.ends_by = time.monotonic() + LEAVES_WITHIN + 2 * GRACE

    def exit_code(self) -> int | None:
        """How it ended, with all that it left behind; None while it runs."""
        code = self.process.poll()
        if code is None:
            if self.ends_by is not None and time.monotonic() > self.ends_by:
                self.process.kill()
            return None
        if code < 0:  # of the guard, which could end nothing any more
            end_left_behind(self.process.pid, self.guarded_by)
        if self.started is not None:
            self._forget_pipe()
        if self.turn is not None:
            os.close(self.turn)
            self.turn = None
        assert self.process.stdin is not None
        self.process.stdin.close()
        return code

    def _forget_pipe(self) -> None:
        assert self.started is not None
        os.close(self.started)
        self.started = None


class KeptRunning:
    """One program of a service, over the socket that it listens to where it has one."""

    def __init__(
        self, program: Program, settings: Settings, port: int, listener: socket.socket | None
    ) -> None:
        self.name = program.name
        self.log = settings.root / "logs" / f"{program.name}.log"
        self.restarts = 0
        self._program = program
        self._settings = settings
        self._port = port
        self._listener = listener if program.listens else None
        self._current: Running | None = None
        self._next: Running | None = None
        self._standby: Running | None = None
        self._stands_by = program.stands_by and settings.standby
        self._standby_due = math.inf
        self._standby_failures = 0
        self._leaving: list[Running] = []
        self._log_looked_at = 0.0
        self._failures = 0
        self._due = 0.0
        self._replacing = False

    @property
    def ready(self) -> bool:
        """Whether it runs and said that it started."""
        return self._current is not None and self._current.ready

    @property
    def _former_log(self) -> Path:
        return self.log.with_name(f"{self.log.name}.1")

    @property
    def settled(self) -> bool:
        """Whether it is not just being replaced."""
        return not self._replacing

    def begin(self) -> None:
        """Start it, with a log of its own; that of the last time is kept beside it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self._former_log)
        self._current = self._started()

    def tell_started(self) -> None:
        """Tell Prometheus that it was started; of several, once all are."""
        # With what tells it, which takes longer to import than a program to be begun.
        from netflix_pipeline.monitoring import service_started

        service_started(self._settings, self.name, self.restarts)

    def restart(self) -> None:
        """Begin to replace it by another that reads settings and code anew."""
        if self._current is None:
            return  # it is about to be started anyway
        self._dismiss_standby()  # its code is that of before
        if self._listener is None:
            self._current.tell_to_end()
        else:
            try:
                self._next = self._started()
                self.tell_started()
            except OSError as error:
                self._tell(f"could not be started anew, the one that runs goes on: {error}")
                return
        self._replacing = True

    def look(self, *, again: bool) -> None:
        """Do what is due. Raises PipelineError where it died and is not to be started `again`."""
        self._bound_log()
        self._leaving = [each for each in self._leaving if each.exit_code() is None]
        if self._next is not None:
            self._look_at_next(self._next)
        if self._current is not None and (code := self._current.exit_code()) is not None:
            self._died(self._current, code, again=again)
        if self._current is None and time.monotonic() >= self._due:
            try:
                self._current = self._started()
                self.tell_started()
            except OSError as error:  # no memory for a process, or no room for its log
                if not again:
                    raise
                self._again_later(f"cannot be started: {error}")
        if again and self._stands_by:
            self._look_at_standby()

    def tell_to_end(self) -> None:
        """Ask all that runs of it to end."""
        for each in self._all():
            each.tell_to_end()

    def wait(self) -> None:
        """Wait until all of it has ended."""
        while any(each.exit_code() is None for each in self._all()):
            time.sleep(0.02)

    def _all(self) -> list[Running]:
        found = (self._current, self._next, self._standby, *self._leaving)
        return [each for each in found if each is not None]

    def _look_at_standby(self) -> None:
        """Begin one where there is none, and the program that serves has come to rest."""
        now = time.monotonic()
        if self._standby is not None:
            if (code := self._standby.exit_code()) is not None:
                self._standby_later(f"ended with exit code {code}")
            elif now - self._standby.begun >= HEALTHY:
                self._standby_failures = 0
        elif self._replacing or self._current is None or not self._current.ready:
            self._standby_due = math.inf
        elif self._standby_due == math.inf:
            self._standby_due = now + UNDISTURBED
        elif now >= self._standby_due:
            try:
                self._standby = self._started(waits=True)
            except OSError as error:  # no memory for a process, or no room for its log
                self._standby_later(f"cannot be started: {error}")

    def _standby_later(self, failure: str) -> None:
        self._standby = None
        pause = _pause(self._standby_failures)
        self._standby_failures += 1
        self._standby_due = time.monotonic() + pause
        self._tell(f"goes on; its standby {failure}; there is another {_when(pause)}")

    def _dismiss_standby(self) -> None:
        if self._standby is not None:
            self._standby.tell_to_end()
            self._leaving.append(self._standby)
            self._standby = None

    def _look_at_next(self, following: Running) -> None:
        if following.exit_code() is not None:
            self._tell("could not be started anew: the one that runs goes on")
        elif following.ready:
            if self._current is not None:
                self._current.leave()
                self._leaving.append(self._current)
            self._current = following
        elif time.monotonic() > following.begun + REPLACED_WITHIN:
            following.tell_to_end()
            self._leaving.append(following)
            self._tell(f"was not ready within {REPLACED_WITHIN:.0f} s: the one that runs goes on")
        else:
            return
        self._next, self._replacing = None, False

    def _died(self, died: Running, code: int, *, again: bool) -> None:
        self._current = None
        if self._next is not None:
            self._current, self._next, self._replacing = self._next, None, False
            return
        if self._replacing:
            self._replacing = False
            return
        if not again:
            raise PipelineError(
                f"{self.name} ended with exit code {code}, so all services were stopped. "
                f"The last lines of {self.log}:\n{self._last_lines()}"
            )
        if time.monotonic() - died.begun >= HEALTHY:
            self._failures = 0
        failure = f"(process {died.process.pid}) ended with exit code {code}"
        if self._standby is not None and self._standby.exit_code() is None:
            self._current, self._standby = self._standby, None
            self.restarts += 1
            self._failures += 1
            self._current.take_over()
            self.tell_started()
            self._tell(f"{failure}; its standby takes over")
        else:
            self._standby = None
            self._again_later(failure)

    def _again_later(self, failure: str) -> None:
        self.restarts += 1
        pause = _pause(self._failures)
        self._failures += 1
        self._due = time.monotonic() + pause
        if pause >= LONGEST:
            failure += f", {self._failures} times in a row: somebody must look at it"
        self._tell(f"{failure}; it is started again {_when(pause)}")

    def _tell(self, what: str) -> None:
        """Tell whoever runs the supervisor, and whoever reads the program's log."""
        last = self._last_lines()
        log.warning("%s %s. The last lines of %s:\n%s", self.name, what, self.log, last)
        with suppress(OSError), self.log.open("a", encoding="utf-8") as lines:
            lines.write(
                f"[{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z] supervisor: {self.name} {what}\n"
            )

    def _bound_log(self) -> None:
        """Begin the log anew where it is full; what it held is kept beside it.

        Copied and cut off: all processes of the program write on at the end of the same file. What
        comes in the moment between is lost.
        """
        if (now := time.monotonic()) < self._log_looked_at + LOG_LOOKED_AT:
            return
        self._log_looked_at = now
        try:
            if self.log.stat().st_size > 1e6 * self._settings.service_log_megabytes:
                with self.log.open("r+b") as lines:
                    with self._former_log.open("wb") as former:
                        shutil.copyfileobj(lines, former, 2**20)
                    lines.truncate(0)
        except FileNotFoundError:
            pass  # somebody took it away: what runs writes to nobody
        except OSError as error:
            self._log_looked_at = now + LONGEST
            log.warning("%s: %s cannot be begun anew: %s", self.name, self.log, error)

    def _last_lines(self) -> str:
        with suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - LAST_BYTES))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
            return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
        return "  (it cannot be read)"

    def _started(self, *, waits: bool = False) -> Running:
        """The program below a guard of its own; one that `waits` for its turn is a standby."""
        settings = self._settings
        guarded_by = f"{os.getpid()}.{next(_numbers)}"
        ours: list[int] = []
        started: int | None = None
        turn: int | None = None
        handed: dict[str, int] = {}
        if self._listener is not None:
            started, tells = os.pipe()
            os.set_blocking(started, False)
            handed = {"--listener": self._listener.fileno(), "--ready": tells}
            ours.append(started)
        if waits:
            handed["--turn"], turn = os.pipe()
            ours.append(turn)
        told = [word for name, handle in handed.items() for word in (name, str(handle))]
        command = self._program.command(settings.host, self._port, settings.api_workers, told)
        try:
            with self.log.open("ab") as lines:
                process = subprocess.Popen(
                    [sys.executable, "-I", guard.__file__, str(GRACE), *command],
                    stdin=subprocess.PIPE,
                    stdout=lines,
                    stderr=lines,
                    env={
                        **ARENAS,
                        **settings.environment(),
                        GUARDED_BY: guarded_by,
                        "PYTHONUNBUFFERED": "1",
                        "PYTHONSAFEPATH": "1",
                    },
                    # Dagster loads modules from the folder in which it runs: not from any in which
                    # somebody else may have put some.
                    cwd=settings.root,
                    # Ctrl-C in a terminal is for the supervisor alone: it ends the others in order.
                    start_new_session=True,
                    pass_fds=tuple(handed.values()),
                )
        except OSError:
            for handle in ours:
                os.close(handle)
            raise
        finally:
            for name, handle in handed.items():
                if name != "--listener":
                    os.close(handle)
        return Running(process, guarded_by, started, time.monotonic(), turn)


def _pause(failures: int) -> float:
    """Seconds until what failed so often before is tried again: it doubles.

    None the first time: most often nothing is wrong with what is started.
    """
    return min(LONGEST, SHORTEST * 2.0 ** min(failures - 1, 16)) if failures else 0


def _when(pause: float) -> str:
    return f"in {pause:g} s" if pause else "at once"


def end_left_behind(guard_pid: int, guarded_by: str) -> None:
    """End what a guard left that was killed itself: by its mark, for its parent is another now.

    Whoever of them can still end in order was asked to by the kernel when the guard was gone.
    """
    left = [
        process for process in psutil.process_iter() if _is_left_by(process, guard_pid, guarded_by)
    ]
    _, alive = psutil.wait_procs(left, timeout=1)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=GRACE)


def _is_left_by(process: psutil.Process, guard_pid: int, guarded_by: str) -> bool:
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        if os.getsid(process.pid) == guard_pid:  # one that has ended has no environment any more
            return True
        environment: dict[str, str] | None = process.as_dict(["environ"])["environ"]
        return environment is not None and environment.get(GUARDED_BY) == guarded_by
    return False
