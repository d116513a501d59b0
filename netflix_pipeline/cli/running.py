"""The services, and everything at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netflix_pipeline.cli.arriving import generate, take_in
from netflix_pipeline.cli.building import build
from netflix_pipeline.cli.printing import out, say
from netflix_pipeline.cli.settings import settings
from netflix_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


class Service(StrEnum):
    """What can be served."""

    api = "api"
    dashboard = "dashboard"
    dagster = "dagster"
    all = "all"


def serve(
    what: Annotated[
        list[Service] | None, typer.Argument(help="Which services; without any, all.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address; 127.0.0.1 by default.")] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port of one service: api 8000, dashboard 8502, dagster 3000."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes of the API.")] = None,
) -> None:
    """Serve the API, the dashboard and Dagster's UI until Ctrl-C.

    Reads: the snapshots in $NETFLIX_HOME/serving, a new one is served by itself; the last hour of
    the log of events.

    Writes: $NETFLIX_HOME/logs, events that the API takes in to $NETFLIX_HOME/events; Dagster also
    its history, and what is materialized from its UI.

    On an address that others reach the API needs a key (keys create), dashboard and Dagster a
    password (passwords set); else they do not start.

    Example: netflix-pipeline serve api --port 8001 --workers 2
    """
    changes: dict[str, Any] = {}
    if workers is not None:
        changes["api_workers"] = workers
    if host is not None:
        changes["host"] = host
    names = _names(what or [Service.all])
    if port is not None:
        if len(names) > 1:
            raise typer.BadParameter("--port goes with one service: serve api --port 8001")
        changes[f"{names[0]}_port"] = port
    _serve(names, settings().model_copy(update=changes))


def _names(what: list[Service]) -> list[str]:
    every = [one.value for one in Service if one is not Service.all]
    return every if Service.all in what else list(dict.fromkeys(one.value for one in what))


def _serve(names: list[str], home: Settings) -> None:
    from netflix_pipeline.services import run

    def ready(name: str, url: str) -> None:
        out().print(f"  {name:<10} {url}", style="bold")
        told = "" if name == "api" else who_may_look(home)
        if told:
            say(f"  {'':<10} {told}")
        if told and name == "dagster" and not home.trusted_user_header and "dashboard" not in names:
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


def demo(
    events: Annotated[int, typer.Option(min=1, help="Watch events of sample data.")] = 300_000,
    days: Annotated[int, typer.Option(min=1, help="Days of sample data.")] = 90,
    data: Annotated[
        list[Path] | None, typer.Option(help="Your own files instead of sample data.")
    ] = None,
    more: Annotated[
        list[Path] | None, typer.Argument(help="Further files of your own.", metavar="PATH")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after publishing.")] = False,
) -> None:
    """Sample data, the whole pipeline and the three UIs at once.

    Reads: your own files where you name some.

    Writes: $NETFLIX_HOME, sample data in its folder sample. A home that holds data of yours gets
    no sample data; run again, it goes on where it stood.

    Example: netflix-pipeline demo --events 100000
    """
    home = settings()
    if own := [*(data or ()), *(more or ())]:
        take_in(home, own)
    else:
        _take_in_sample(home, events, days)
    build(home, command="demo")
    if not no_serve:
        say("Starting the services; Ctrl-C stops them.")
        _serve(_names([Service.all]), home)


def _take_in_sample(home: Settings, events: int, days: int) -> None:
    """Ingest the sample data that this home does not hold yet, unless it holds other data."""
    from netflix_pipeline.ingest import manifests
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.sources import find_files

    sample = home.sample
    taken = {Path(told.path) for told in manifests(Lake(home.lake))}
    if taken and not any(path.is_relative_to(sample) for path in taken):
        say(f"{home.root} already holds data: no sample data is added")
        return
    if not sample.exists():
        # Under its name only when it is whole.
        draft = home.root / "sample.part"
        last = date.fromordinal(datetime.now(UTC).toordinal() - 1)
        generate(draft, events=events, days=days, end=last.isoformat())
        draft.rename(sample)
    missing = [file for file in find_files(sample) if file not in taken]
    if missing:
        take_in(home, missing)
    else:
        say(f"{home.root} already holds its sample data")
