"""`netflix-pipeline`: every command, its options and what it prints.

Tables and progress are for people; `--json` prints one object on stdout for scripts. Log lines go
to stderr. Exit codes: 0 done, 1 failed, 2 wrong use. What a command needs is imported when it
runs, so that the help and shell completion stay quick.
"""

from __future__ import annotations

import typer

from netflix_pipeline.cli import (
    annotate,
    arriving,
    building,
    draining,
    forgetting,
    keys,
    passwords,
    quarantine,
    replaying,
    running,
    tracing,
)

app = typer.Typer(
    help="Turns viewing records into tables, a published snapshot, an API and a dashboard.\n\n"
    "Everything that it writes lies below $NETFLIX_HOME (.netflix in the current folder). Further "
    "settings are NETFLIX_… in the environment, too: docs/operations.md.\n\n"
    "Days are days of UTC, as YYYY-MM-DD. Exit codes: 0 done, 1 failed with a message that says "
    "what to do, 2 wrong use, 130 Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(arriving.generate)
app.command()(arriving.ingest)
app.command()(draining.drain)
app.command()(building.materialize)
app.command()(building.publish)
app.command()(building.status)
app.command()(forgetting.export)
app.command()(forgetting.forget)
app.command()(tracing.trace)
app.command()(replaying.replay)
app.add_typer(quarantine.app, name="quarantine", no_args_is_help=True)
app.add_typer(annotate.app, name="annotate", no_args_is_help=True)
app.add_typer(passwords.app, name="passwords", no_args_is_help=True)
app.add_typer(keys.app, name="keys", no_args_is_help=True)
app.command()(running.serve)
app.command()(running.demo)
