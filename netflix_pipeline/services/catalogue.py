"""What can be served: the commands of each service, and where it answers."""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings


@dataclass(frozen=True)
class Program:
    """One program: its name, and its arguments after `python`.

    `{host}`, `{port}` and `{workers}` are left open in them. One that `listens` takes a listening
    socket that is handed over, `--listener FD`, and tells by a byte to `--ready FD`, a pipe, that
    it has started. One that `stands_by` may be given `--turn FD`, a pipe: it loads all its code,
    and begins once the other end is closed. `copies` names the setting that says how many of it run
    side by side; each is told which one it is, `--number N`.
    """

    name: str
    arguments: tuple[str, ...]
    listens: bool = False
    stands_by: bool = False
    copies: str = ""

    def command(
        self, host: str, port: int, workers: int = 1, handed: Sequence[str] = ()
    ) -> list[str]:
        """The command line for that address and number of processes, with what is handed over."""
        values = {"host": host, "port": port, "workers": workers}
        return [sys.executable, *(part.format(**values) for part in self.arguments), *handed]

    def each(self, settings: Settings) -> Iterator["Program"]:
        """The program, as often as it is to run."""
        if not self.copies:
            yield self
            return
        for number in range(1, getattr(settings, self.copies) + 1):
            told = (*self.arguments, "--number", str(number))
            yield replace(self, name=f"{self.name}-{number}", arguments=told)


@dataclass(frozen=True)
class Service:
    """Programs that run together; the first of them answers HTTP, but of workers.

    `setting` names the setting that holds its port, empty where it answers nobody; `path` is asked
    to learn whether it answers, `prepare` runs once before the programs start. Where other machines
    reach it, it lets in only whom it knows: `could_know` raises BadInput where that can be nobody.
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


def knows_a_key(settings: Settings) -> None:
    """Raise BadInput unless there is a key that opens something."""
    from netflix_pipeline.state import require_key

    require_key(settings)


def knows_visitors(settings: Settings) -> None:
    """Raise BadInput unless somebody has a password, or a proxy tells who people are."""
    from netflix_pipeline.state import require_visitors

    require_visitors(settings)


def dagster_is_ready(settings: Settings) -> None:
    """Make Dagster's home before webserver and daemon open it at once, and where files land."""
    from netflix_pipeline.defs.instance import dagster_home

    dagster_home(settings)
    settings.landing.mkdir(parents=True, exist_ok=True)


def workers_get_runs(settings: Settings) -> None:
    """See to it that a worker could get any, before it is started."""
    from netflix_pipeline.defs.instance import dagster_home

    if not settings.broker:
        raise BadInput(
            "a worker takes Dagster's runs from a queue, and none is named: set "
            "NETFLIX_BROKER=redis://HOST:6379/0, here and where Dagster runs."
        )
    dagster_home(settings)


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
        knows_a_key,
        prepare=metrics_begin_anew,
    ),
    "dashboard": Service(
        "dashboard_port",
        "/",
        (web("dashboard", "dash_app.app:create_app", stands_by=True),),
        knows_visitors,
    ),
    "dagster": Service(
        "dagster_port",
        "/server_info",
        (
            web("dagster", "netflix_pipeline.webserver.app:create_app", sockets=True),
            Program("dagster-daemon", DAGSTER_DAEMON),
        ),
        knows_visitors,
        prepare=dagster_is_ready,
    ),
}
WORKERS = {
    "worker": Service(
        "",
        "",
        (Program("worker", ("-m", "netflix_pipeline.defs.worker"), copies="worker_processes"),),
        lambda _: None,
        prepare=workers_get_runs,
    ),
}
"""What answers nobody, and is served only where it is named."""
