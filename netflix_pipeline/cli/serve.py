"""The services: API, dashboard and Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import out, say, settings
from netflix_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


class ServiceName(StrEnum):
    """What can be served."""

    api = "api"
    dashboard = "dashboard"
    dagster = "dagster"
    worker = "worker"
    all = "all"


ALL = tuple(one.value for one in ServiceName if one not in (ServiceName.worker, ServiceName.all))


def serve(
    what: Annotated[
        list[ServiceName] | None,
        typer.Argument(help="Which services; without any, all but worker."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address; 127.0.0.1 by default.")] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port of one service: api 8000, dashboard 8502, dagster 3000."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes of the API, or of worker.")
    ] = None,
) -> None:
    """Serve the API, the dashboard and Dagster's UI until Ctrl-C.

    What dies is started again; SIGHUP replaces all programs without a pause.

    Reads: the snapshots in $NETFLIX_HOME/serving, a new one is served by itself; the last hour of
    the event log.

    Writes: $NETFLIX_HOME/logs, events that the API takes in to $NETFLIX_HOME/events; Dagster also
    its history, and what is materialized from its UI.

    On an address that others reach the API needs a key (keys create), dashboard and Dagster a
    password (passwords set); else they do not start.

    A worker takes Dagster's runs from the queue of NETFLIX_BROKER, one run a process. It reads and
    writes what materialize does.

    Example: netflix-pipeline serve api --port 8001 --workers 2
    """
    every = not what or ServiceName.all in what
    names = ALL if every else tuple(dict.fromkeys(one.value for one in what or ()))
    if port is not None and len(names) > 1:
        raise typer.BadParameter("--port goes with one service: serve api --port 8001")
    if port is not None and names == ("worker",):
        raise typer.BadParameter("a worker has no port")
    of = "worker_processes" if names == ("worker",) else "api_workers"
    told = {"host": host, of: workers, f"{names[0]}_port": port}
    changes = {setting: value for setting, value in told.items() if value is not None}
    serve_until_stopped(names, settings().model_copy(update=changes))


def serve_until_stopped(names: Sequence[str], home: Settings) -> None:
    """Start services, say where they answer, and wait for Ctrl-C."""
    from netflix_pipeline.services.supervisor import run
    from netflix_pipeline.settings import unknown_variables

    for name, nearest in unknown_variables().items():
        meant = f"; {nearest} is meant?" if nearest else ""
        say(f"{name} is no setting: it changes nothing{meant}")

    def ready(name: str, url: str) -> None:
        out().print(f"  {name:<10} {url or 'takes runs from the queue'}", style="bold")
        who = who_may_look(home) if url and name != "api" else ""
        if who:
            say(f"  {'':<10} {who}")
        if who and name == "dagster" and not home.trusted_user_header and "dashboard" not in names:
            say(f"  {'':<10} they do so at the dashboard: serve it too, under the same name")

    code = run(names, home, ready)
    if code:
        raise typer.Exit(code)


def who_may_look(home: Settings) -> str:
    """How dashboard and Dagster know people, in a line; empty where they ask nobody."""
    from netflix_pipeline.settings import is_loopback
    from netflix_pipeline.state import Passwords

    if home.trusted_user_header:
        proxies = home.trusted_proxies or "nowhere (NETFLIX_TRUSTED_PROXIES)"
        return f"knows people by the header {home.trusted_user_header} from {proxies}"
    try:
        if not (home.keys_required or Passwords(home).hashes):
            return ""
    except PipelineError as error:
        return str(error)
    if is_loopback(home.host):
        return "people sign in"
    if home.plain_http:
        return "people sign in; passwords and cookies travel in the clear (NETFLIX_PLAIN_HTTP)"
    return (
        "people sign in, over https alone: put a proxy with TLS in front, or set "
        "NETFLIX_PLAIN_HTTP=true in a network that you trust"
    )
