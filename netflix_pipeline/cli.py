"""`netflix-pipeline`: every command, its options and what it prints.

Tables and progress are for people; `--json` prints one object on stdout for scripts. Log lines go
to stderr. Exit codes: 0 done, 1 failed, 2 wrong use.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(
    help="Turns viewing records into tables, a published snapshot, an API and a dashboard.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
quarantine_app = typer.Typer(help="Rows that could not be taken: look, export, replay.")
app.add_typer(quarantine_app, name="quarantine", no_args_is_help=True)

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")]


class Format(StrEnum):
    """File formats that can be generated."""

    csv = "csv"
    ndjson = "ndjson"
    parquet = "parquet"


class Service(StrEnum):
    """What can be served."""

    api = "api"
    dashboard = "dashboard"
    dagster = "dagster"
    all = "all"


def main() -> None:
    """The entry point: errors that are for people are printed, not raised."""
    try:
        app()
    except PipelineError as error:
        err.print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("interrupted: nothing half-done is served, the same command goes on")
        sys.exit(130)


def _print_json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, default=str, ensure_ascii=False) + "\n")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )


def _waiting() -> None:
    err.print("another ingest is running in this home: waiting for it to end …")


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    out.print(table)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-01-31") from None


@app.command()
def generate(
    directory: Annotated[Path, typer.Argument(help="Folder to write; made if missing.")],
    events: Annotated[int, typer.Option(min=0, help="Watch events.")] = 100_000,
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 5_000,
    titles: Annotated[int, typer.Option(min=1, help="Titles.")] = 500,
    days: Annotated[int, typer.Option(min=1, help="Days, the last one included.")] = 90,
    end: Annotated[str | None, typer.Option(help="Last day; yesterday by default.")] = None,
    seed: Annotated[int, typer.Option(help="The same arguments give the same bytes.")] = 1,
    format: Annotated[Format, typer.Option(help="File format.")] = Format.csv,  # noqa: A002
    dirty: Annotated[
        bool, typer.Option("--dirty/--clean", help="With duplicates, conflicts and bad rows.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Write realistic sample data: watch events, users, titles, searches and more."""
    from netflix_pipeline.generate import generate as write

    last = _day(end) or date.fromordinal(datetime.now(UTC).toordinal() - 1)
    with _progress() as progress:
        task = progress.add_task("generating", total=events, told="")
        made = write(
            directory,
            events=events,
            users=users,
            titles=titles,
            days=days,
            end=last,
            seed=seed,
            format=format.value,
            dirty=dirty,
            progress=lambda rows: progress.update(task, advance=rows),
        )
    files = [
        {"path": str(path), "table": table, "rows": made.rows[table], "bytes": path.stat().st_size}
        for table, path in made.paths.items()
    ]
    if as_json:
        _print_json({"files": files})
    else:
        _table("Written", ("path", "table", "rows", "bytes"), (file.values() for file in files))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: CSV, NDJSON, Parquet.")],
    source: Annotated[str | None, typer.Option(help="Take this adapter for all files.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file: our column = theirs, for any other CSV.")
    ] = None,
    household: Annotated[
        str | None, typer.Option(help="Whose Netflix export it is; its folder's name by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take files into bronze: every row is stored, a duplicate or quarantined with its reasons."""
    from netflix_pipeline.ingest import FileResult, ingest_paths
    from netflix_pipeline.sources import Options

    settings = Settings()
    results: list[FileResult] = []
    first_before = _first_day(settings)
    with _progress() as progress:
        task = progress.add_task("reading", total=None, told="")

        def on_bytes(path: Path, done: int, size: int) -> None:
            progress.update(
                task, description=path.name, completed=done, total=size, told=f"{done >> 20:,} MB"
            )

        results = ingest_paths(
            settings,
            paths,
            Options(source=source, mapping=mapping, household=household),
            progress=on_bytes,
            waiting=_waiting,
        )
    if _first_day(settings) != first_before:
        _reload(settings)
    counts = ("received", "stored", "duplicate", "quarantined")
    total = {name: sum(getattr(result, name) for result in results) for name in counts}
    if as_json:
        files = [
            {"path": str(result.path), "source": result.source}
            | {name: getattr(result, name) for name in counts}
            | ({"note": result.note} if result.note else {})
            for result in results
        ]
        _print_json({"files": files, "total": total})
    else:
        rows = [
            (result.path, result.source, *(getattr(result, name) for name in counts))
            for result in results
        ]
        if len(rows) > 1:
            rows.append(("total", "", *total.values()))
        _table("Taken in", ("file", "source", *counts), rows)
        if total["quarantined"]:
            out.print("Why rows were quarantined: netflix-pipeline quarantine list")
    notes = [f"{result.path}: {result.note}" for result in results if result.note]
    for note in notes:
        err.print(f"[bold red]error:[/] {note}", highlight=False, soft_wrap=True)
    if notes:
        raise typer.Exit(1)


def _first_day(settings: Settings) -> date | None:
    from netflix_pipeline.lake import Lake

    return next(iter(Lake(settings.lake).partitions("bronze/watch_events")), None)


def _reload(settings: Settings) -> None:
    from netflix_pipeline.defs.reload import reload_code_location

    reload_code_location(settings)


@app.command()
def materialize(
    first: Annotated[str | None, typer.Option("--from", help="First day to build again.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day to build again.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Build everything again.")] = False,
    as_json: Json = False,
) -> None:
    """Build silver and gold and publish; by default what changed since the last publish."""
    from netflix_pipeline.defs.run import materialize as run

    settings = Settings()
    with _progress() as progress:
        task = progress.add_task("building", total=None, told="")
        outcome = run(
            settings,
            first=_day(first),
            last=_day(last),
            everything=everything,
            progress=lambda built: progress.update(
                task, description=built.table, advance=1, told=str(built.partition or "")
            ),
        )
    if as_json:
        _print_json(
            {
                "days": outcome.days,
                "rows": outcome.rows,
                "snapshot": outcome.snapshot,
                "runs": outcome.run_ids,
                "violations": outcome.violations,
            }
        )
    else:
        _table("Built", ("table", "rows"), sorted(outcome.rows.items()))
        out.print(f"{len(outcome.days)} days built; snapshot {outcome.snapshot} is served.")
    for violation in outcome.violations:
        err.print(f"[bold red]not published:[/] {violation}", highlight=False)
    if not outcome.success:
        raise typer.Exit(1)


@app.command()
def publish(
    full: Annotated[bool, typer.Option("--full", help="Build the file anew.")] = False,
    as_json: Json = False,
) -> None:
    """Publish what silver and gold hold as the next snapshot."""
    from netflix_pipeline.ingest import latest_receipt
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.serving import publish as publish_snapshot

    settings = Settings()
    lake = Lake(settings.lake)
    published = publish_snapshot(
        lake,
        settings.serving,
        as_of=latest_receipt(lake),
        keep=settings.snapshots_kept,
        full=full,
    )
    if as_json:
        _print_json(dataclasses.asdict(published))
    else:
        out.print(f"snapshot {published.version} is served: {published.path}")


@app.command()
def status(as_json: Json = False) -> None:
    """What the home holds: snapshot, tables, ledger, and the days that wait to be built."""
    from netflix_pipeline.status import home_status

    told = home_status(Settings())
    if as_json:
        _print_json(told)
        return
    snapshot = told["snapshot"]
    out.print(
        f"snapshot {snapshot['version']} of {snapshot['built_at']}, "
        f"days {snapshot['data_from']} to {snapshot['data_to']}"
        if snapshot
        else "nothing is published yet: netflix-pipeline ingest PATH, then materialize"
    )
    rows = [
        (name, t["days"], t["rows"], t["from"] or "", t["to"] or "")
        for name, t in told["tables"].items()
    ]
    _table("Tables", ("table", "days", "rows", "from", "to"), rows)
    ledger = told["ledger"]
    _table("Ledger", ledger.keys(), [ledger.values()])
    waiting = told["pending_days"]
    out.print(
        f"{len(waiting)} days wait: netflix-pipeline materialize" if waiting else "up to date"
    )


@app.command()
def serve(
    what: Annotated[Service, typer.Argument(help="Which service.")] = Service.all,
    host: Annotated[str | None, typer.Option(help="Address; loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port (with one service).")] = None,
) -> None:
    """Serve the API, the dashboard and Dagster's UI until Ctrl-C."""
    settings = Settings()
    changes: dict[str, Any] = {}
    if host is not None:
        changes["host"] = host
    if port is not None:
        if what is Service.all:
            raise typer.BadParameter("--port goes with one service: serve api --port 8001")
        changes[f"{what.value}_port"] = port
    _serve(what, settings.model_copy(update=changes))


def _serve(what: Service, settings: Settings) -> None:
    from netflix_pipeline.services import run

    names = ("api", "dashboard", "dagster") if what is Service.all else (what.value,)
    code = run(names, settings, lambda name, url: out.print(f"  {name:<10} {url}", style="bold"))
    if code:
        raise typer.Exit(code)


@app.command()
def demo(
    events: Annotated[int, typer.Option(min=1, help="Watch events of sample data.")] = 300_000,
    data: Annotated[
        list[Path] | None, typer.Option(help="Your own files instead of sample data.")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after publishing.")] = False,
) -> None:
    """Sample data, the whole pipeline and the three UIs, in one command."""
    from netflix_pipeline.lake import Lake

    settings = Settings()
    if data:
        ingest(data)
    elif Lake(settings.lake).committed_batches():
        out.print(f"{settings.root} already holds data: no sample data is added")
    else:
        sample = settings.root / "sample"
        last = date.fromordinal(datetime.now(UTC).toordinal() - 1)
        generate(sample, events=events, end=last.isoformat())
        ingest([sample])
    materialize()
    if not no_serve:
        out.print("Starting the services; Ctrl-C stops them.")
        _serve(Service.all, settings)


@app.command()
def trace(
    event_id: Annotated[str, typer.Argument(help="The event's identity.")], as_json: Json = False
) -> None:
    """Show an event's way from file and line to play, sitting and published numbers."""
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.trace import published_numbers
    from netflix_pipeline.trace import trace as follow

    settings = Settings()
    told = follow(Lake(settings.lake), event_id)
    if not told.arrivals:
        raise PipelineError(
            f"no event {event_id!r} in {settings.lake}: it was never taken in "
            "(netflix-pipeline status shows what is there)."
        )
    numbers = published_numbers(settings.serving, told.play) if told.play else {}
    if as_json:
        _print_json({**dataclasses.asdict(told), "published": numbers})
        return
    _table(
        f"Arrivals of {event_id}",
        ("became", "table", "file", "line", "batch", "received", "reasons"),
        (
            (
                a["became"],
                a["table"],
                a["file"],
                a["line"],
                a["batch"],
                f"{a['received_at']:%Y-%m-%d %H:%M:%S}",
                ", ".join(a.get("reasons", ())),
            )
            for a in told.arrivals
        ),
    )
    for name, row in (("Play", told.play), ("Sitting", told.sitting)):
        if row:
            _table(name, ("column", "value"), row.items())
    for name, row in numbers.items():
        _table(f"Published in {name}", ("column", "value"), row.items())


Reason = Annotated[str | None, typer.Option(help="Only rows with this reason.")]
Source = Annotated[str | None, typer.Option("--source", help="Only rows of this adapter.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids as `list` shows them; all if none.")]


def _quarantined(reason: str | None, source: str | None, ids: list[str] | None) -> pl.DataFrame:
    from netflix_pipeline.ingest.quarantine import quarantined
    from netflix_pipeline.lake import Lake

    return quarantined(Lake(Settings().lake), reason=reason, source=source, ids=ids or ())


@quarantine_app.command("list")
def quarantine_list(
    reason: Reason = None,
    source: Source = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown.")] = 50,
    as_json: Json = False,
) -> None:
    """Count the rows by reason and show the newest."""
    rows = _quarantined(reason, source, None)
    counts = rows.explode("reasons").group_by("reasons").len().sort("len", descending=True)
    newest = rows.tail(limit)
    if as_json:
        _print_json(
            {
                "rows": rows.height,
                "reasons": dict(counts.iter_rows()),
                "newest": newest.drop("raw").to_dicts(),
            }
        )
        return
    _table(f"{rows.height:,} rows in quarantine", ("reason", "rows"), counts.iter_rows())
    _table(
        f"The newest {newest.height}",
        ("id", "table", "reasons", "file", "line"),
        (
            (r["quarantine_id"], r["table"], ", ".join(r["reasons"]), r["path"], r["line"])
            for r in newest.iter_rows(named=True)
        ),
    )


@quarantine_app.command("show")
def quarantine_show(
    ids: Annotated[list[str], typer.Argument(help="Ids as `list` shows them.")],
    as_json: Json = False,
) -> None:
    """Show rows with their raw text."""
    rows = _quarantined(None, None, ids)
    if as_json:
        _print_json({"rows": rows.to_dicts()})
        return
    for row in rows.iter_rows(named=True):
        _table(row["quarantine_id"], ("column", "value"), row.items())


@quarantine_app.command("export")
def quarantine_export(
    file: Annotated[Path, typer.Argument(help="File to write: .csv, .ndjson or .parquet.")],
    reason: Reason = None,
    source: Source = None,
) -> None:
    """Write the rows to a file."""
    import polars as pl

    rows = _quarantined(reason, source, None)
    match file.suffix:
        case ".csv":
            rows.with_columns(pl.col("reasons").list.join(" ")).write_csv(file)
        case ".ndjson" | ".json":
            rows.write_ndjson(file)
        case ".parquet":
            rows.write_parquet(file)
        case other:
            raise typer.BadParameter(f"{other or file}: expected .csv, .ndjson or .parquet")
    out.print(f"{rows.height:,} rows written to {file}")


@quarantine_app.command("replay")
def quarantine_replay(
    ids: Ids = None,
    reason: Reason = None,
    source: Source = None,
    mapping: Annotated[Path | None, typer.Option(help="Read them by this mapping.")] = None,
    as_json: Json = False,
) -> None:
    """Take rows in again after a fix; those that pass leave quarantine."""
    from netflix_pipeline.ingest.quarantine import replay

    rows = _quarantined(reason, source, ids)
    replayed = replay(Settings(), rows, mapping=mapping, waiting=_waiting)
    if as_json:
        _print_json(dataclasses.asdict(replayed))
    else:
        told = dataclasses.asdict(replayed)
        _table("Replayed", told.keys(), [told.values()])
