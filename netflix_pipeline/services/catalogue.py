"""What can be served: the commands of each service, and where it answers."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import require_key, require_visitors


@dataclass(frozen=True)
class Program:
    """One program: its name, and its arguments after `python`.

    `{host}`, `{port}` and `{workers}` are left open in them. One that `listens` takes a listening
    socket that is handed over, `--listener FD`, and tells by a byte to `--ready FD`, a pipe, that
    it has started. One that `stands_by` may be given `--turn FD`, a pipe: it loads all its code,
    and begins once the other end is closed.
    """

    name: str
    arguments: tuple[str, ...]
    listens: bool = False
    stands_by: bool = False

    def command(
        self, host: str, port: int, workers: int = 1, handed: Sequence[str] = ()
    ) -> list[str]:
        """The command line for that address and number of processes, with what is handed over."""
        values = {"host": host, "port": port, "workers": workers}
        return [sys.executable, *(part.format(**values) for part in self.arguments), *handed]


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


def web(
    name: str, factory: str, workers: str = "1", *, sockets: bool = False, stands_by: bool = False
) -> Program:
    """An ASGI application, given as `module:function that makes it`; `sockets`: and WebSockets."""
    return Program(
        name,
        (
            *("-m", "netflix_pipeline.services.web_server", factory),
            *("--host", "{host}", "--port", "{port}", "--workers", workers),
            *(("--websockets",) if sockets else ()),
        ),
        listens=True,
        stands_by=stands_by,
    )


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


DAGSTER_DAEMON = ("-m", "netflix_pipeline.defs.daemon")

SERVICES = {
    "api": Service(
        "api_port",
        "/health",
        (web("api", "api.app:create_app", "{workers}", stands_by=True),),
        require_key,
        prepare=metrics_begin_anew,
    ),
    "dashboard": Service(
        "dashboard_port",
        "/",
        (web("dashboard", "dash_app.app:create_app", stands_by=True),),
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
