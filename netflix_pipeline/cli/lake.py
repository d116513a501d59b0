"""The tables of the lake: for other programs, and moved to where they lie from now on."""

from dataclasses import asdict
from typing import Annotated

import typer

from netflix_pipeline.cli.backup import shown
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
from netflix_pipeline.errors import BadInput

app = typer.Typer(help="The tables: their files, and a copy elsewhere.")


@app.callback()
def lake() -> None:
    """The tables: their files, and a copy elsewhere."""


@app.command()
def files(
    table: Annotated[str, typer.Argument(help="A table, such as silver/plays.")],
    as_json: Json = False,
) -> None:
    """List the files of a table now: paths, or addresses in a store.

    In a store, files lie beside others that were replaced: only these are the table.

    Reads: $NETFLIX_HOME/lake, or the store that NETFLIX_LAKE names.

    Writes: nothing.

    Example: netflix-pipeline lake files gold/title_daily
    """
    from netflix_pipeline.contracts import contracts
    from netflix_pipeline.lake import Lake

    if table not in contracts():
        raise BadInput(f"there is no table {table}: take one of {', '.join(contracts())}")
    found = Lake.of(settings()).files(table)
    if as_json:
        print_json({"table": table, "files": found})
    else:
        for each in found:
            say(each)


@app.command()
def copy(
    target: Annotated[
        str, typer.Argument(help="s3://BUCKET/PREFIX, or disk: files below $NETFLIX_HOME.")
    ],
    as_json: Json = False,
) -> None:
    """Copy all tables to a store, or back to files, and compare them.

    Stop what writes before (serve, worker), and let NETFLIX_LAKE name the copy after. Cut off, the
    same command goes on; a later one copies what changed.

    Reads: where NETFLIX_LAKE says that the tables lie, all of their files.

    Writes: the target, which holds what the lake does then, and nothing else. The lake itself stays
    as it is: remove it once the copy is in use.

    Example: netflix-pipeline lake copy s3://viewing/lake
    """
    from netflix_pipeline.lake_copy import DISK, copy_lake

    home = settings()
    with progress("comparing") as update:
        copied = copy_lake(
            home,
            target,
            waiting=waiting,
            progress=lambda name, count: update(description=name[-40:], told=f"{count:,} files"),
        )
    if as_json:
        print_json({"target": target, **asdict(copied)})
        return
    say(
        f"{target} holds the lake: {counted(copied.files, 'file')}, {shown(copied.size)}, compared "
        f"by their digests; {copied.sent:,} were sent, {copied.removed:,} taken away"
    )
    note(
        "unset NETFLIX_LAKE wherever it is set"
        if target == DISK
        else f"set NETFLIX_LAKE={target} wherever this lake is used"
    )
    left = (
        f"{home.lake_address} and lake/.cache of each machine"
        if home.lake_address
        else f"bronze, silver and gold in {home.lake}"
    )
    note(f"once the copy is in use, remove {left}: nobody is erased there any more")
