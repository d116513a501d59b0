"""What can be served: the commands of each service, and where it answers."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netflix_pipeline.settings import Settings

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"


@dataclass(frozen=True)
class Program:
    """One program: its name, and its arguments after `python`.

    `{host}`, `{port}` and `{workers}` are left open in them.
    """

    name: str
    arguments: tuple[str, ...]

    def command(self, host: str, port: int, workers: int = 1) -> list[str]:
        """The command line for that address and number of processes."""
        told = {"host": host, "port": port, "workers": workers}
        return [sys.executable, *(part.format(**told) for part in self.arguments)]


@dataclass(frozen=True)
class Service:
    """Programs that run together; the first of them answers HTTP.

    `setting` names the setting that holds its port, `path` is asked to learn whether it answers,
    `prepare` runs once before the programs start. `asks_for_keys` and `asks_for_passwords`
    say that it lets nobody in whom it does not know: only then may other machines reach it.
    """

    setting: str
    path: str
    programs: tuple[Program, ...]
    prepare: Callable[[Settings], None] | None = None
    asks_for_keys: bool = False
    asks_for_passwords: bool = False


def web(name: str, factory: str, workers: str = "1") -> Program:
    """An ASGI application, given as `module:function that makes it`, on Granian.

    Streams that stay open (live views) are cut off two seconds after the request to stop. A worker
    that dies is started again.
    """
    server = ("-m", "granian", "--interface", "asgi", "--factory", "--workers-kill-timeout", "2")
    several = ("--workers", workers, "--respawn-failed-workers")
    return Program(name, (*server, *several, "--host", "{host}", "--port", "{port}", factory))


def dagster_is_ready(settings: Settings) -> None:
    """Make Dagster's home before webserver and daemon open it at once."""
    from netflix_pipeline.defs.instance import dagster_home

    dagster_home(settings)


def metrics_begin_anew(settings: Settings) -> None:
    """Make the folder in which several processes count together, without earlier counts."""
    shutil.rmtree(settings.metrics, ignore_errors=True)
    if settings.api_workers > 1:
        settings.metrics.mkdir(parents=True)


DAGSTER = ("-w", str(WORKSPACE))
DAGSTER_WEB = ("-m", "dagster_webserver", *DAGSTER, "--host", "{host}", "--port", "{port}")
DAGSTER_DAEMON = ("-m", "dagster._daemon", "run", *DAGSTER)

SERVICES = {
    "api": Service(
        "api_port",
        "/health",
        (web("api", "api.app:create_app", "{workers}"),),
        prepare=metrics_begin_anew,
        asks_for_keys=True,
    ),
    "dashboard": Service(
        "dashboard_port",
        "/",
        (web("dashboard", "dash_app.app:create_app"),),
        asks_for_passwords=True,
    ),
    "dagster": Service(
        "dagster_port",
        "/server_info",
        (Program("dagster", DAGSTER_WEB), Program("dagster-daemon", DAGSTER_DAEMON)),
        prepare=dagster_is_ready,
    ),
}
