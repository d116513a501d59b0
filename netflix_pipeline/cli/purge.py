"""What is kept no longer, as the settings say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from netflix_pipeline.cli.common import Json, counted, print_json, say, settings


def purge(
    landed_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Days for which files are kept that were taken in; NETFLIX_LANDED_DAYS without "
            "it.",
            metavar="DAYS",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and take nothing away.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take away files that nobody needs any more.

    Those that were taken in long ago, and what killed writers left in the store of the lake.

    Reads: $NETFLIX_HOME/landed; where NETFLIX_LAKE names a store, what lies in it.

    Writes: $NETFLIX_HOME/landed: folders of days before go. Their rows are in bronze; backups
    that were made before keep the files. In the store objects go that nothing names, a day after
    they were written.

    Example: netflix-pipeline purge --landed-days 90 --dry-run
    """
    from netflix_pipeline.ingest.landed_files import purge_landed
    from netflix_pipeline.lake import Lake

    home = settings()
    keep = landed_days or home.landed_days
    if not keep and not home.lake_address:
        raise typer.BadParameter("nothing says for how long: --landed-days or NETFLIX_LANDED_DAYS")
    today = datetime.now(UTC).date()
    gone = purge_landed(home, keep, today, dry_run=dry_run) if keep else []
    unnamed = Lake.of(home).purge_unnamed(dry_run=dry_run)
    if as_json:
        told = {"landed": list(map(asdict, gone)), "unnamed": list(map(asdict, unnamed))}
        print_json(told | {"dry_run": dry_run})
        return
    went = "would go" if dry_run else "went"
    for each in gone:
        say(f"landed/{each.day}: {counted(each.files, 'file')}, {each.size / 1e6:,.1f} MB {went}")
    if keep:
        size = sum(each.size for each in gone)
        say(f"{counted(len(gone), 'day')}, {size / 1e6:,.1f} MB {went}")
    if home.lake_address:
        size = sum(each.size for each in unnamed)
        objects = counted(len(unnamed), "object")
        say(f"{home.lake_address}: {objects} that nothing names, {size / 1e6:,.1f} MB {went}")
