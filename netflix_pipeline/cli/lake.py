"""The tables of the lake, for other programs."""

from typing import Annotated

import typer

from netflix_pipeline.cli.common import Json, print_json, say, settings
from netflix_pipeline.errors import BadInput

app = typer.Typer(help="What the lake holds, for programs that read it themselves.")


@app.callback()
def lake() -> None:
    """What the lake holds, for programs that read it themselves."""


@app.command()
def files(
    table: Annotated[str, typer.Argument(help="A table, such as silver/plays.")],
    as_json: Json = False,
) -> None:
    """List the files that make up a table now: paths, or addresses where the lake is in a store.

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
