"""`netflix-pipeline`: every command, its options and what it prints.

Tables and progress are for people; `--json` prints one object on stdout for scripts. Log lines go
to stderr. Exit codes: 0 done, 1 failed, 2 wrong use. What a command needs is imported when it
runs, so that the help and shell completion stay quick.
"""

from collections.abc import Callable

import typer

from netflix_pipeline.cli import (
    alerts,
    annotate,
    anomalies,
    backup,
    demo,
    doctor,
    drain,
    export,
    forecast,
    forget,
    generate,
    ingest,
    keys,
    lake,
    learn,
    leaving,
    materialize,
    passwords,
    publish,
    purge,
    quarantine,
    recommend,
    replay,
    restore,
    scaling,
    serve,
    state,
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
COMMANDS: tuple[Callable[..., None], ...] = (
    generate.generate,
    ingest.ingest,
    drain.drain,
    materialize.materialize,
    publish.publish,
    learn.learn,
    status.status,
    doctor.doctor,
    restore.restore,
    purge.purge,
    export.export,
    forget.forget,
    trace.trace,
    replay.replay,
    serve.serve,
    demo.demo,
)
for command in COMMANDS:
    app.command()(command)
for group in (
    quarantine,
    annotate,
    anomalies,
    forecast,
    passwords,
    keys,
    alerts,
    scaling,
    lake,
    leaving,
    recommend,
    state,
    backup,
):
    name = group.__name__.rpartition(".")[2]
    app.add_typer(group.app, name=name, no_args_is_help=True)
