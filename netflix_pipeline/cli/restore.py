"""A home put back from a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.backup import TARGET, Name, of, shown
from netflix_pipeline.cli.common import (
    Json,
    counted,
    note,
    print_json,
    progress,
    say,
    settings,
    waiting,
)

if TYPE_CHECKING:
    from netflix_pipeline.materialize import Built


def restore(
    source: Annotated[str, typer.Argument(help=TARGET, metavar="[SOURCE]")] = "",
    backup: Name = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be put back and changed, and do nothing."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a home back from a backup, onto an empty place.

    Reads: the target of backups: the newest one, without --backup.

    Writes: $NETFLIX_HOME, which must be empty or not there, and the store that NETFLIX_LAKE names,
    for the tables, which must hold none; what other settings name is used as ever, which a drill
    must not: --dry-run tells all of it. Each file is compared with its digest. Whoever was erased
    since the backup was made is erased from it, what waits is built, and a snapshot is published;
    only then all of it is put in place. Cut off, the same command goes on.

    Example: netflix-pipeline restore /mnt/backups
    """
    from netflix_pipeline.restoring import beside, would_restore
    from netflix_pipeline.restoring import restore as put_back

    home = settings(look_only=dry_run)
    if dry_run:
        found, changed = would_restore(home, of(home, source), backup)
        if as_json:
            told_of = {"backup": found.name, "files": len(found.files), "bytes": found.size}
            print_json({"dry_run": True, **told_of, "changed": changed})
            return
        say(
            f"{home.root} would be as it was at {found.begun:%Y-%m-%d %H:%M:%S} UTC: "
            f"{counted(len(found.files), 'file')}, {shown(found.size)}"
        )
        for each in changed:
            note(each)
        return
    for each in beside(home):
        note(each)
    with progress("fetching") as update:

        def on_built(built: Built) -> None:
            update(description=built.table, told=f"{built.partition or ''}")

        restored, told = put_back(
            home,
            of(home, source),
            backup,
            progress=lambda name, count: update(description=name[-40:], told=f"{count:,} files"),
            on_built=on_built,
            waiting=waiting,
        )
    if as_json:
        print_json(
            {
                "backup": restored.name,
                "begun": restored.begun,
                "files": len(restored.files),
                "bytes": restored.size,
                "erased": told.erased,
                "missing": told.missing,
                "snapshot": told.snapshot,
                "remarks": told.remarks,
            }
        )
        return
    say(
        f"{home.root} is as it was at {restored.begun:%Y-%m-%d %H:%M:%S} UTC: "
        f"{counted(len(restored.files), 'file')}, {shown(restored.size)}; snapshot {told.snapshot} "
        "is served"
    )
    if told.erased:
        say(f"{counted(told.erased, 'person')} erased who were in it, and were erased since")
    if told.missing:
        note(f"{counted(told.missing, 'row')} were missing from the ledger: doctor says of what")
    for remark in told.remarks:
        note(remark)
