"""The services of a soak, as their users start them, and what each of their processes takes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

from benchmarks.measured import size
from netflix_pipeline.engines import free_port
from netflix_pipeline.settings import variable

PATIENCE = 600
OF_LOGS = {"event log, MB": "events", "logs, MB": "logs"}
"""The folders of a home that are to be bounded."""
HOME = "home, at most"
"""What a disk must have: the write-ahead log grows to 32 MB, and a service's log to its bound,
before it begins anew.
"""


@dataclass(frozen=True)
class Service:
    """A service that runs: its name, its address, and the process that was started."""

    name: str
    url: str
    process: psutil.Process


@dataclass
class Course:
    """What one process, or a home, took over time; `measured` by what it is.

    `parts` tells after how many publications, and `typical` what is taken for a part.
    """

    typical: Callable[[Sequence[float]], float] = np.median
    seconds: list[float] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    measured: dict[str, list[float]] = field(default_factory=dict)

    def add(self, seconds: float, part: int, found: Mapping[str, float]) -> None:
        """What it takes now."""
        self.seconds.append(seconds)
        self.parts.append(part)
        for name, value in found.items():
            self.measured.setdefault(name, []).append(value)


@contextmanager
def running(home: Path) -> Iterator[tuple[Service, Service]]:
    """The API and the dashboard."""
    ports = {"api": free_port(), "dashboard": free_port()}
    environment = {
        **os.environ,
        **{variable(f"{name}_port"): str(port) for name, port in ports.items()},
        "NETFLIX_HOME": str(home),
    }
    with ExitStack() as stack:
        api, dashboard = (
            stack.enter_context(_one(name, port, environment)) for name, port in ports.items()
        )
        _until_it_answers(f"{api.url}/ready", api)
        _until_it_answers(f"{api.url}/live", api)
        _until_it_answers(f"{dashboard.url}/", dashboard)
        yield api, dashboard


@contextmanager
def _one(name: str, port: int, environment: Mapping[str, str]) -> Iterator[Service]:
    words = [str(Path(sys.executable).with_name("netflix-pipeline")), "serve", name]
    with subprocess.Popen(words, env=dict(environment), stdout=subprocess.DEVNULL) as started:
        try:
            yield Service(name, f"http://127.0.0.1:{port}", psutil.Process(started.pid))
        finally:
            started.send_signal(signal.SIGTERM)


def _until_it_answers(url: str, service: Service) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not service.process.is_running() or service.process.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError(f"the {service.name} ended while it was waited for")
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=30, trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer within {PATIENCE} s")


class Watch:
    """Measures each process of some services, and the logs of their home."""

    def __init__(self, home: Path, services: tuple[Service, ...]) -> None:
        self._home = home
        self.courses: dict[str, Course] = {}
        self._processes = {
            f"{service.name}, {_role(number)}": process
            for service in services
            for number, process in enumerate(
                sorted(
                    (service.process, *service.process.children(recursive=True)),
                    key=lambda process: -process.memory_info().rss,
                )
            )
        }

    def measure(self, seconds: float, part: int) -> None:
        """What each takes now, in that part of the time. RuntimeError where one is no more."""
        for name, process in self._processes.items():
            try:
                with process.oneshot():
                    found = {
                        "memory_mb": process.memory_info().rss / 2**20,
                        "open_files": process.num_fds(),
                        "threads": process.num_threads(),
                    }
            except psutil.Error as error:
                raise RuntimeError(f"a process ended: {name}") from error
            self.courses.setdefault(name, Course()).add(seconds, part, found)
        used = {name: size(self._home / folder) / 1e6 for name, folder in OF_LOGS.items()}
        self.courses.setdefault(HOME, Course(max)).add(seconds, part, used)


def _role(number: int) -> str:
    """The process that works is the largest of its service."""
    return "worker" if number == 0 else f"around it {number}"
