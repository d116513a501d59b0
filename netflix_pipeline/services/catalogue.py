"""What can be served: the commands of each service, and where it answers."""

import resource
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from netflix_pipeline.defs.workspace import WORKSPACE
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import require_key, require_visitors


@dataclass(frozen=True)
class Program:
    """One program: its name, and its arguments after `python`.

    `{host}`, `{port}` and `{workers}` are left open in them.
    """

    name: str
    arguments: tuple[str, ...]

    def command(self, host: str, port: int, workers: int = 1) -> list[str]:
        """The command line for that address and number of processes."""
        values = {"host": host, "port": port, "workers": workers}
        return [sys.executable, *(part.format(**values) for part in self.arguments)]


@dataclass(frozen=True)
class Service:
    """Programs that run together; the first of them answers HTTP.

    `setting` names the setting that holds its port, `path` is asked to learn whether it answers,
    `prepare` runs once before the programs start. Where other machines reach it, it lets in only
    whom it knows: `could_know` raises BadInput where that can be nobody.
    """

    setting: str
    path: str
    programs: tuple[Program, ...]
    could_know: Callable[[Settings], None]
    prepare: Callable[[Settings], None] = lambda _: None


HEADER_SECONDS = 10
"""Seconds in which a connection must have sent a whole head, its first one and each further one."""
CONNECTIONS = 30_000
"""Connections that a worker holds at a time: silent ones cost it 3 KB each."""
OTHER_FILES = 1000
"""Open files of a worker that are kept free of connections, where it may open many."""
HEAD_BYTES = 64 * 2**10
"""Bytes of a head that are read at all; what a request may have is told in `bounds`."""


def web(name: str, factory: str, workers: str = "1", *, sockets: bool = False) -> Program:
    """An ASGI application, given as `module:function that makes it`, on Granian.

    Streams that stay open (live views) are cut off two seconds after the request to stop. A worker
    that dies is started again. HTTP/1.1 only: of a connection that may turn out to be HTTP/2 the
    server waits for the first bytes without end, and nobody speaks that without TLS. `sockets` says
    that it takes WebSockets.
    """
    return Program(
        name,
        (
            *("-m", "granian", "--interface", "asgi", "--factory"),
            *("--host", "{host}", "--port", "{port}"),
            *("--workers", workers, "--respawn-failed-workers", "--workers-kill-timeout", "2"),
            *("--backpressure", f"{connections()}", "--backlog", "4096"),
            *("--http", "1", "--ws" if sockets else "--no-ws"),
            *("--http1-header-read-timeout", f"{HEADER_SECONDS * 1000}"),
            *("--http1-buffer-size", f"{HEAD_BYTES}"),
            factory,
        ),
    )


def connections() -> int:
    """How many connections a worker may hold, given how many files it may open.

    A worker raises its own limit as far as it may. Without a file left it could open no snapshot.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(128, min(CONNECTIONS, most - min(OTHER_FILES, most // 4)))


def dagster_is_ready(settings: Settings) -> None:
    """Make Dagster's home before webserver and daemon open it at once, and where files land."""
    from netflix_pipeline.defs.instance import dagster_home

    dagster_home(settings)
    settings.landing.mkdir(parents=True, exist_ok=True)


def metrics_begin_anew(settings: Settings) -> None:
    """Make the folder in which several processes count together, without earlier counts."""
    shutil.rmtree(settings.metrics, ignore_errors=True)
    if settings.api_workers > 1:
        settings.metrics.mkdir(parents=True)


DAGSTER_DAEMON = ("-m", "dagster._daemon", "run", "-w", str(WORKSPACE))

SERVICES = {
    "api": Service(
        "api_port",
        "/health",
        (web("api", "api.app:create_app", "{workers}"),),
        require_key,
        prepare=metrics_begin_anew,
    ),
    "dashboard": Service(
        "dashboard_port",
        "/",
        (web("dashboard", "dash_app.app:create_app"),),
        require_visitors,
    ),
    "dagster": Service(
        "dagster_port",
        "/server_info",
        (
            web("dagster", "netflix_pipeline.webserver.app:create_app", sockets=True),
            Program("dagster-daemon", DAGSTER_DAEMON),
        ),
        require_visitors,
        prepare=dagster_is_ready,
    ),
}
