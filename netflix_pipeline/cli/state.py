"""What people put in, moved to a database that machines share, and back."""

from enum import StrEnum
from typing import Annotated

import typer

from netflix_pipeline.cli.common import Json, note, print_json, say, settings

app = typer.Typer(help="What people put in: copied to where it lies from now on.")


class Target(StrEnum):
    """Where it is copied to."""

    database = "database"
    disk = "disk"


@app.callback()
def state() -> None:
    """What people put in: copied to where it lies from now on."""


@app.command()
def copy(
    target: Annotated[
        Target,
        typer.Argument(help="database, that of NETFLIX_STATE_DATABASE; or disk, the home's file."),
    ],
    as_json: Json = False,
) -> None:
    """Copy what people put in to NETFLIX_STATE_DATABASE, or from there back to the file.

    Keys, audit, annotations, bookmarks, reports, alerts, marks of erasure and passwords. Stop what
    serves before, on all machines; people sign in again.

    Reads: $NETFLIX_HOME/state, or the database.

    Writes: the other of the two, which holds nothing yet; all of it or nothing.

    Example: netflix-pipeline state copy database
    """
    from netflix_pipeline.state import state_file
    from netflix_pipeline.state.copying import copy_state

    home = settings()
    counts = copy_state(home, "disk" if target is Target.disk else "database")
    if as_json:
        print_json({"target": target.value, "rows": counts})
        return
    told = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count
    )
    say(f"the {target.value} holds what people put in: {told or 'nothing'}")
    key = home.state / "erasures.key"
    if target is Target.disk:
        note("unset NETFLIX_STATE_DATABASE wherever it is set")
    elif key.exists():
        note(f"let every other machine have a copy of {key}, for its owner alone")
    left = "the database" if target is Target.disk else state_file(home)
    note(f"once the copy is in use, remove {left}: nobody is erased there any more")
