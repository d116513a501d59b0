"""Backups: made, listed, looked through, and taken away when they are old."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from netflix_pipeline.cli.common import (
    Json,
    counted,
    end_with,
    note,
    print_json,
    print_table,
    progress,
    say,
    settings,
)

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


class _OrMake(TyperGroup):
    """`backup TARGET` is `backup make TARGET`."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and args[0] in (*self.commands, "--help", "-h")
        if not named and not ctx.resilient_parsing:
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(help="Backups: make (backup TARGET), list, verify, prune.", cls=_OrMake)

TARGET = "Folder, or s3://BUCKET/PREFIX; without it that of NETFLIX_BACKUP."

Target = Annotated[str, typer.Argument(help=TARGET, metavar="[TARGET]")]
Name = Annotated[
    str | None, typer.Option("--backup", help="The backup of that name.", metavar="NAME")
]
KeepDays = Annotated[
    int | None, typer.Option(min=1, help="Keep backups for so many days.", metavar="DAYS")
]
Keep = Annotated[int | None, typer.Option(min=1, help="Keep so many.", metavar="NUMBER")]


@app.command()
def make(
    target: Target = "",
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave a part out, repeatable: tables (silver and gold, which are built again), "
            "history (Dagster's records), files (landed and refused).",
            metavar="PART",
        ),
    ] = None,
    keep_days: KeepDays = None,
    keep: Keep = None,
    as_json: Json = False,
) -> None:
    """Back the home up: what is not there yet is sent, and read back.

    Reads: $NETFLIX_HOME, and the store that NETFLIX_LAKE names, while everything runs: who takes
    files or events in waits for moments.

    Writes: the target, and $NETFLIX_HOME/backups.json. With --keep-days or --keep, older backups
    are taken away once the new one is there.

    Example: netflix-pipeline backup make /mnt/backups --keep-days 30
    """
    from netflix_pipeline.backup import OPTIONAL, make_backup, prune

    home = settings()
    address = of(home, target)
    left_out = tuple(without or ())
    if unknown := set(left_out) - OPTIONAL.keys():
        raise typer.BadParameter(
            f"--without {', '.join(sorted(unknown))}: there are {', '.join(OPTIONAL)}"
        )
    with progress("looking") as update:
        made = make_backup(
            home,
            address,
            without=left_out,
            waiting=lambda: note("an ingest or another backup is running: waiting for it to end …"),
            progress=lambda name, count: update(description=name[-40:], told=f"{count:,} files"),
            keep_days=keep_days,
        )
    gone = None
    if keep_days is not None or keep is not None:
        gone = prune(address, keep_days=keep_days, keep=keep)
    if as_json:
        print_json(
            {
                "backup": made.backup.name,
                "target": made.address,
                "files": len(made.backup.files),
                "bytes": made.backup.size,
                "sent": made.sent,
                "sent_bytes": made.sent_bytes,
                "not_in_it": made.backup.elsewhere,
                "pruned": gone.gone if gone else (),
                "seconds": round((made.backup.ended - made.backup.begun).total_seconds(), 3),
            }
        )
        return
    say(
        f"backup {made.backup.name} at {made.address}: {counted(len(made.backup.files), 'file')}, "
        f"{shown(made.backup.size)}; {made.sent:,} were not there and sent and read back, "
        f"{shown(made.sent_bytes)}"
    )
    for name in made.backup.elsewhere:
        note(f"what {name} names is not in it: back it up by its own means, right after this")
    if gone is not None:
        say(f"{counted(len(gone.gone), 'older backup')} taken away, {shown(gone.size)}")


@app.command("list")
def list_(target: Target = "", as_json: Json = False) -> None:
    """List the backups at a target.

    Reads: the target.

    Writes: nothing.

    Example: netflix-pipeline backup list /mnt/backups
    """
    from netflix_pipeline.backup import DamagedBackup, NoBackup
    from netflix_pipeline.backup import Target as Place

    place = Place(of(settings(look_only=True), target))
    backups, problems = [], []
    for name in place.names():
        try:
            backups.append(place.backup(name))
        except (DamagedBackup, NoBackup) as error:
            problems.append(error)
    if as_json:
        print_json(
            {
                "target": place.address,
                "backups": [
                    {
                        "backup": each.name,
                        "begun": each.begun,
                        "ended": each.ended,
                        "files": len(each.files),
                        "bytes": each.size,
                        "without": each.without,
                        "release": each.release,
                    }
                    for each in backups
                ],
            }
        )
    elif not backups:
        say(f"{place.address}: no backup is there")
    else:
        print_table(
            f"Backups at {place.address}",
            ("backup", "begun", "files", "bytes", "without", "release"),
            (
                (each.name, each.begun, len(each.files), each.size, each.without, each.release)
                for each in backups
            ),
        )
    end_with(problems)


@app.command()
def verify(
    target: Target = "",
    backup: Name = None,
    every: Annotated[bool, typer.Option("--all", help="All backups, each file once.")] = False,
    as_json: Json = False,
) -> None:
    """Read a backup back, the newest by default, and compare every file with its digest.

    Reads: the target, all of the backup's files.

    Writes: $NETFLIX_HOME/backups.json, where the home has backups there: what is damaged is sent
    again by the next backup, if the home still has it. Ends with 1 where anything is damaged.

    Example: netflix-pipeline backup verify /mnt/backups
    """
    from netflix_pipeline.backup import verify as look_through

    if every and backup:
        raise typer.BadParameter("--all looks through all of them: leave out --backup")
    home = settings()
    with progress("reading") as update:
        told = look_through(
            home,
            of(home, target),
            backup,
            every=every,
            progress=lambda name, count: update(description=name[-40:], told=f"{count:,} files"),
        )
    if as_json:
        print_json(asdict(told))
    elif not told.problems:
        say(
            f"{', '.join(told.names)}: {counted(told.files, 'file')}, {shown(told.size)}, all whole"
        )
    end_with(told.problems)


@app.command()
def prune(
    target: Target = "",
    keep_days: KeepDays = None,
    keep: Keep = None,
    erased: Annotated[
        bool,
        typer.Option(
            "--erased", help="Take away those that were begun before the last person was erased."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and take nothing away.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take old backups away, and files that no backup names.

    Reads: the target.

    Writes: the target. A backup stays that either option keeps; the newest always does.

    Example: netflix-pipeline backup prune /mnt/backups --keep-days 30 --dry-run
    """
    from netflix_pipeline.backup import prune as taken_away

    told = taken_away(
        of(settings(), target),
        keep_days=keep_days,
        keep=keep,
        erased=erased,
        dry_run=dry_run,
    )
    if as_json:
        print_json(asdict(told) | {"dry_run": dry_run})
        return
    for name in told.gone:
        say(f"{name} {'would go' if dry_run else 'is gone'}")
    say(
        f"{counted(len(told.gone), 'backup')} and {counted(told.files, 'file')} "
        f"({shown(told.size)}) {'would go' if dry_run else 'went'}; "
        f"{counted(len(told.kept), 'backup')} stay"
    )
    if told.versions_kept:
        note(
            "the bucket keeps earlier versions: what went can be read there until a lifecycle rule "
            "of its own takes them away"
        )


def of(home: Settings, target: str) -> str:
    """The address of a target that was named, or is set; wrong use where it is none."""
    address = target or home.backup
    if not address:
        raise typer.BadParameter("name a folder or s3://BUCKET/PREFIX, or set NETFLIX_BACKUP")
    if "/" not in address and address != "." and not Path(address).is_dir():
        # A command that is misspelt shall make no folder.
        raise typer.BadParameter(f"there is no folder {address!r} here; ./{address} makes one")
    return address


def shown(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1e6:,.1f} MB"
