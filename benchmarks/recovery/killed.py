"""kill -9 of each process of the services, and of commands: when it is back, what is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.recovery.load import asked, lost, unaccounted
from benchmarks.tables import head, row
from netflix_pipeline.engines import HOST, free_port
from netflix_pipeline.services.catalogue import SERVICES

PROGRAM = str(Path(sys.executable).with_name("netflix-pipeline"))
PATIENCE = 180.0
LOOK = 0.02
CERTIFICATES = httpx.create_ssl_context()
"""Read once: that takes as long as the services need for an answer."""
COMMANDS = ("ingest", "materialize", "publish")


@dataclass
class Running:
    """A service as its users start it, started again where it ends, as by systemd."""

    name: str
    home: Path
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._start()
        self.until_it_answers()

    def _start(self) -> None:
        environment = {
            **os.environ,
            "NETFLIX_HOME": str(self.home),
            f"NETFLIX_{self.name.upper()}_PORT": str(self.port),
            "NETFLIX_CANARY_SECONDS": "0",
        }
        words = [PROGRAM, "serve", self.name]
        self.started.append(
            subprocess.Popen(
                words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )

    def until_it_answers(self) -> None:
        """Wait for that; started again where it has ended."""
        end = time.monotonic() + PATIENCE
        while not answers(self.url + SERVICES[self.name].path):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not answer within {PATIENCE:.0f} s")
            if self.started[-1].poll() is not None:
                self._start()
            time.sleep(LOOK)

    def processes(self) -> list[psutil.Process]:
        """What runs of it: the command, and all below."""
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.started[-1].pid)
            return [first, *first.children(recursive=True)]
        return []

    def largest(self) -> list[psutil.Process]:
        """The largest process below the command: of API and dashboard the one that answers."""
        return sorted(self.processes()[1:], key=lambda one: -one.memory_info().rss)[:1]

    def killed(self, which: Callable[[], list[psutil.Process]]) -> float:
        """Kill those; seconds until it answers again, by new processes."""
        found = which()
        begun = time.perf_counter()
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(found, 10)
        self.until_it_answers()
        return time.perf_counter() - begun

    def stop(self) -> None:
        """End all of it."""
        for process in reversed(self.processes()):
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        self.started[-1].wait(30)


def answers(url: str) -> bool:
    """Whether a request is answered well."""
    with suppress(httpx.TransportError):
        return httpx.get(
            url, timeout=2, trust_env=False, follow_redirects=True, verify=CERTIFICATES
        ).is_success
    return False


@contextmanager
def running(home: Path, names: Sequence[str]) -> Iterator[Mapping[str, Running]]:
    """Services of a home, each started by a command of its own."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            service = Running(name, home, free_port())
            stack.callback(service.stop)
            service.start()
            found[name] = service
        yield found


def services(home: Path, names: Sequence[str], times: int, pause: float) -> None:
    """Print how long each service is away when its processes are killed, and what readers saw.

    Between an answer and the next kill are so many seconds.
    """
    head(
        "killed, seconds until it answers again",
        "times",
        "median s",
        "longest s",
        "goal of longest s",
    )
    with running(home, names) as found, asked(found["api"].url) as told:
        for service in found.values():
            for what, which in (
                ("its largest process", service.largest),
                ("all processes", service.processes),
            ):
                took = sorted(_after(pause, service, which) for _ in range(times))
                name = "API" if service.name == "api" else service.name
                goal = "≤ 30" if service.name == "dagster" else "≤ 5"
                middle = f"{took[len(took) // 2]:.2f}"
                row(f"{name}, {what}", times, middle, f"{took[-1]:.2f}", goal)
    head("reads while all is killed in turn", "reads", "answered %", "goal of answered %")
    row("each once", told.reads, f"{told.share(told.answered_at_once):.3f}", "")
    row("asked once more within a second", told.reads, f"{told.share(told.answered):.3f}", "≥ 99.9")
    head(
        "events while all is killed in turn",
        "acknowledged",
        "lost",
        "ledger differs",
        "goal of lost",
    )
    gone, differ = lost(home, told.acknowledged), unaccounted(home)
    row("", len(told.acknowledged), gone, differ, "≤ 0")


def _after(pause: float, service: Running, which: Callable[[], list[psutil.Process]]) -> float:
    time.sleep(pause)
    return service.killed(which)


def commands(homes: Callable[[str], tuple[Path, tuple[str, ...]]], times: int, seed: int) -> None:
    """Print how long a command takes that is run again after it was killed at random moments.

    `homes` gives a home for a command, and its arguments.
    """
    chance = random.Random(seed)
    head(
        "a command killed, and run again",
        "times killed",
        "first s",
        "again, longest s",
        "ledger differs",
    )
    for name in COMMANDS:
        home, arguments = homes(name)
        words = [PROGRAM, name, *arguments]
        environment = {**os.environ, "NETFLIX_HOME": str(home)}
        alone = took = 0.0
        kills = 0
        for _ in range(times):
            with subprocess.Popen(
                words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.2, alone or 3.0))
                kills += process.poll() is None
                process.kill()
            begun = time.perf_counter()
            subprocess.run(
                words,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            again = time.perf_counter() - begun
            alone, took = alone or again, max(took, again)
        row(f"`{name}`", kills, f"{alone:.2f}", f"{took:.2f}", unaccounted(home))
