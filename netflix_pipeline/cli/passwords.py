"""Who may look at dashboard and Dagster."""

import sys
from typing import Annotated

import typer

from netflix_pipeline.cli.common import Json, print_json, say, settings

app = typer.Typer(help="Who may sign in to the dashboard and Dagster.")

Name = Annotated[str, typer.Argument(help="What somebody signs in as.")]


@app.command("set")
def set_(
    name: Name,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the password from stdin, one line.")
    ] = False,
) -> None:
    """Give somebody a password, or another one; their sessions end.

    Reads: the password, from the terminal or stdin.

    Writes: $NETFLIX_HOME/state/passwords.json (or the database of NETFLIX_STATE_DATABASE), with a
    hash of it.

    Example: netflix-pipeline passwords set ann
    """
    from netflix_pipeline.state import Passwords

    password = (
        sys.stdin.readline().rstrip("\r\n")
        if stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    )
    Passwords(settings()).set(name, password)
    say(f"{name} can sign in. Dashboard and Dagster ask everybody for a password from now on.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show who has a password.

    Reads: $NETFLIX_HOME/state/passwords.json (or the database of NETFLIX_STATE_DATABASE).

    Writes: nothing.
    """
    from netflix_pipeline.state import Passwords

    names = sorted(Passwords(settings()).hashes)
    if as_json:
        print_json({"names": names})
    else:
        say("\n".join(names) or "nobody has a password: netflix-pipeline passwords set NAME")


@app.command()
def remove(name: Name) -> None:
    """Let somebody in no longer; their sessions end. The last one stays: see `off`.

    Reads: $NETFLIX_HOME/state/passwords.json (or the database of NETFLIX_STATE_DATABASE).

    Writes: the same.

    Example: netflix-pipeline passwords remove ann
    """
    from netflix_pipeline.state import Passwords

    Passwords(settings()).remove(name)
    say(f"{name} cannot sign in any more")


@app.command()
def off() -> None:
    """Remove all passwords: dashboard and Dagster on this machine ask nobody any more.

    Reads: nothing.

    Writes: $NETFLIX_HOME/state/passwords.json (or the database of NETFLIX_STATE_DATABASE); removes
    $NETFLIX_HOME/passwords.set.
    """
    from netflix_pipeline.state import Passwords

    Passwords(settings()).off()
    say(
        "Nobody has a password any more. Whoever reaches dashboard or Dagster on this machine is "
        "let in; where others reach them, they do not start."
    )
