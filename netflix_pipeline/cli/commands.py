"""`netflix-pipeline`: every command, its options and what it prints.

Tables and progress are for people; `--json` prints one object on stdout for scripts. Log lines go
to stderr. Exit codes: 0 done, 1 failed, 2 wrong use. What a command needs is imported when it
runs, so that the help and shell completion stay quick.
"""

from __future__ import annotations

import typer

from netflix_pipeline.cli import (
    annotate,
    demo,
    drain,
    export,
    forget,
    generate,
    ingest,
    keys,
    materialize,
    passwords,
    publish,
    quarantine,
    replay,
    serve,
    status,
    trace,
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
app.command()(generate.generate)
app.command()(ingest.ingest)
app.command()(drain.drain)
app.command()(materialize.materialize)
app.command()(publish.publish)
app.command()(status.status)
app.command()(export.export)
app.command()(forget.forget)
app.command()(trace.trace)
app.command()(replay.replay)
app.add_typer(quarantine.app, name="quarantine", no_args_is_help=True)
app.add_typer(annotate.app, name="annotate", no_args_is_help=True)
app.add_typer(passwords.app, name="passwords", no_args_is_help=True)
app.add_typer(keys.app, name="keys", no_args_is_help=True)
app.command()(serve.serve)
app.command()(demo.demo)
