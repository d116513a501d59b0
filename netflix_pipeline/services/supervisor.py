"""Supervisor: starts services, waits until they answer, and ends them all together."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from netflix_pipeline.errors import Busy, PipelineError
from netflix_pipeline.monitoring.receivers import receivers
from netflix_pipeline.services import guard
from netflix_pipeline.services.alerting import alerting
from netflix_pipeline.services.catalogue import SERVICES, Program, Service
from netflix_pipeline.settings import Settings

GRACE = 10.0
"""Seconds that a program has to end by itself."""
PATIENCE = 180.0
"""Seconds until a service must answer."""
LOOK = 0.2
"""Seconds between two looks at the services."""
LAST_LINES = 15
ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""glibc gives each thread a heap of its own by default, and heaps keep what was once used
(mallopt(3)): the many threads of a service would grow with each snapshot that is published.
"""


@dataclass(frozen=True)
class Running:
    """A program that was started: its guard's process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def told(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])


def run(
    names: Sequence[str],
    settings: Settings,
    on_ready: Callable[[str, str], None],
    services: Mapping[str, Service] = SERVICES,
) -> int:
    """Serve until SIGINT or SIGTERM, then end everything; returns 0.

    `on_ready(name, url)` is called for each service once it answers HTTP. Logs go to
    `<home>/logs/<program>.log`, the last run's to `<program>.log.1`. A port 0 stands for any free
    one.

    Raises BadInput where a service lets in only whom it knows and could know nobody, and where
    those who are told of alerts cannot be understood; Busy when a
    port is taken, PipelineError when a program ends or a service does not answer; by then all have
    ended.
    """
    chosen = {name: services[name] for name in names}
    told = receivers(settings)
    if settings.keys_required:
        for service in chosen.values():
            service.could_know(settings)
    settings = settings.model_copy(
        update={
            service.setting: free_port(name, settings.host, getattr(settings, service.setting))
            for name, service in chosen.items()
        }
    )
    for service in chosen.values():
        service.prepare(settings)
    with stop_signals() as stopped, ExitStack() as programs:
        running = [
            programs.enter_context(started(program, service, settings))
            for service in chosen.values()
            for program in service.programs
        ]
        with alerting(chosen, settings, told):
            _watch(chosen, running, settings, on_ready, stopped)
        # All are told before the first is waited for.
        for one in running:
            _tell_to_end(one)
    return 0


def _watch(
    chosen: Mapping[str, Service],
    running: Sequence[Running],
    settings: Settings,
    on_ready: Callable[[str, str], None],
    stopped: Callable[[], bool],
) -> None:
    silent = dict(chosen)
    deadline = time.monotonic() + PATIENCE
    while not stopped():
        for one in running:
            code = one.process.poll()
            if code is not None:
                raise PipelineError(
                    f"{one.name} ended with exit code {code}, so all services were stopped. "
                    f"The last lines of {one.log}:\n{one.told()}"
                )
        for name, service in list(silent.items()):
            port = getattr(settings, service.setting)
            if answers(settings.host, port, service.path):
                del silent[name]
                on_ready(name, settings.url(port))
        if silent and time.monotonic() > deadline:
            raise PipelineError(
                f"{', '.join(silent)} did not answer within {PATIENCE:.0f} s, so all services "
                f"were stopped. See the logs in {settings.root / 'logs'}."
            )
        time.sleep(LOOK)


@contextmanager
def started(program: Program, service: Service, settings: Settings) -> Iterator[Running]:
    """The program below its guard, ended when the context is left."""
    log = settings.root / "logs" / f"{program.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    port = getattr(settings, service.setting)
    command = program.command(settings.host, port, settings.api_workers)
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-I", guard.__file__, str(GRACE), *command],
            stdin=subprocess.PIPE,
            stdout=lines,
            stderr=lines,
            env={
                **ARENAS,
                **settings.environment(),
                "PYTHONUNBUFFERED": "1",
                "PYTHONSAFEPATH": "1",
            },
            # Granian and Dagster load modules from the folder in which they run: not from any in
            # which somebody else may have put some.
            cwd=settings.root,
            # Ctrl-C in a terminal is for the supervisor alone: it ends the others in order.
            start_new_session=True,
        )
    running = Running(program.name, process, log)
    try:
        yield running
    finally:
        _tell_to_end(running)
        try:
            process.wait(2 * GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tell_to_end(running: Running) -> None:
    assert running.process.stdin is not None
    running.process.stdin.close()


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """A function that says whether SIGINT or SIGTERM has come meanwhile."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port(name: str, host: str, port: int) -> int:
    """The port, or any free one for 0; raises Busy when somebody listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # What a server of a minute ago left behind does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Busy(
                f"{name} cannot have port {port} on {host}: {error.strerror}. Stop what listens "
                f"there, or choose another port: NETFLIX_{name.upper()}_PORT."
            ) from error
        return int(probe.getsockname()[1])


def answers(host: str, port: int, path: str) -> bool:
    """Whether something answers HTTP there."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        connection.getresponse()
        return True
    return False
