"""Sample data is made up."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    named_day,
    named_path,
    print_json,
    print_table,
    progress,
)


def generate(
    directory: Annotated[
        Path, typer.Argument(help="Folder to write; made if missing.", parser=named_path)
    ],
    events: Annotated[int, typer.Option(min=0, help="Watch events.")] = 100_000,
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 5_000,
    titles: Annotated[int, typer.Option(min=1, help="Titles.")] = 500,
    days: Annotated[int, typer.Option(min=1, help="Days, the last one included.")] = 90,
    end: Annotated[
        date | None,
        typer.Option(
            help="Last day, YYYY-MM-DD; yesterday by default.", metavar="DAY", parser=named_day
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same arguments give the same bytes.")] = 1,
    format: Annotated[  # noqa: A002 - the name of the option
        Literal["csv", "ndjson", "parquet"], typer.Option(help="File format.")
    ] = "csv",
    dirty: Annotated[
        bool, typer.Option("--dirty/--clean", help="With duplicates, conflicts and bad rows.")
    ] = True,
    lifelike: Annotated[
        bool,
        typer.Option(
            "--lifelike",
            help="With all of the following as services have it: taste 0.6, leaving 0.06, a launch "
            "every 30 days, a break every 180, holidays, receipts.",
        ),
    ] = False,
    taste: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Share of choices that follow genres which a person likes; 0 is none.",
        ),
    ] = None,
    leaving: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share of people that stops within 28 days, for good."),
    ] = None,
    launches: Annotated[
        int | None, typer.Option(min=0, help="Titles that come with a campaign in these days.")
    ] = None,
    breaks: Annotated[
        int | None, typer.Option(min=0, help="How often level and trend change in these days.")
    ] = None,
    holidays: Annotated[
        bool | None,
        typer.Option(
            "--holidays/--no-holidays", help="People watch more on their public holidays."
        ),
    ] = None,
    receipts: Annotated[
        bool | None,
        typer.Option("--receipts/--no-receipts", help="Events tell when they were received."),
    ] = None,
    steady: Annotated[
        bool, typer.Option("--steady", help="Every day alike: no weekdays, nobody new.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write realistic sample data: events, users, titles and more.

    Reads: nothing.

    Writes: one file a table in DIRECTORY; files of the same name are replaced.

    Without further options viewers have habits only: evenings, weekdays, series that go on.

    Example: netflix-pipeline generate sample --events 100000 --end 2026-01-31
    """
    from netflix_pipeline.generate import Behaviour
    from netflix_pipeline.generate import generate as write

    last = end or date.fromordinal(datetime.now(UTC).toordinal() - 1)
    asked: dict[str, Any] = {
        "taste": taste,
        "leaving": leaving,
        "launches": launches,
        "breaks": breaks,
        "holidays": holidays,
        "receipts": receipts,
        "steady": steady,
    }
    behaviour = replace(
        Behaviour.lifelike(days) if lifelike else Behaviour(),
        **{name: value for name, value in asked.items() if value is not None},
    )
    done = 0
    with progress("generating", events) as update:

        def on_rows(rows: int) -> None:
            nonlocal done
            done += rows
            update(completed=done, told=counted(done, "event"))

        made = write(
            directory,
            events=events,
            users=users,
            titles=titles,
            days=days,
            end=last,
            seed=seed,
            format=format,
            dirty=dirty,
            behaviour=behaviour,
            progress=on_rows,
        )
    files = [
        {"path": str(path), "table": table, "rows": made.rows[table], "bytes": path.stat().st_size}
        for table, path in made.paths.items()
    ]
    if as_json:
        print_json({"files": files})
    else:
        print_table("Written", ("path", "table", "rows", "bytes"), (f.values() for f in files))
