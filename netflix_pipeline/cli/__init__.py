"""`netflix-pipeline`: the entry point. What a command needs is imported once errors can be told."""

import gc
import sys

GARBAGE = 50_000, 20, 20
"""Objects after which Python looks for what can be let go; by itself it does at each 700, of which
the import of a command makes a million that stay."""
INTERRUPTED = 130
"""The exit code after Ctrl-C, as of every program of a shell."""


def main() -> None:
    """Run the command: errors that are for people, and Ctrl-C, are told in a line, not raised."""
    gc.set_threshold(*GARBAGE)
    try:
        from netflix_pipeline.cli.commands import app

        app(prog_name="netflix-pipeline")
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer's word for Ctrl-C
            _interrupted()
        raise
    except Exception as error:
        from netflix_pipeline.cli.common import complain
        from netflix_pipeline.cli.failing import message_of

        message = message_of(error)
        if message is None:
            raise
        complain(message)
        sys.exit(1)


def _interrupted() -> None:
    # Not by way of anything that would have to be imported first.
    sys.stderr.write("interrupted: nothing half-done is served, the same command goes on\n")
    sys.exit(INTERRUPTED)
