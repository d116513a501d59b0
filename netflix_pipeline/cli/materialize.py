"""Tables are built of what was taken in, and published."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    complain,
    counted,
    end_with,
    named_day,
    print_json,
    print_table,
    progress,
    say,
    settings,
    waiting,
)

if TYPE_CHECKING:
    from netflix_pipeline.defs.in_process_run import RunOutcome
    from netflix_pipeline.materialize import Built
    from netflix_pipeline.settings import Settings

MOST_PROBLEMS = 20
"""Lines that `status` prints of what is wrong."""


def materialize(
    first: Annotated[
        date | None,
        typer.Option(
            "--from",
            help="First day to build again, YYYY-MM-DD.",
            metavar="DAY",
            parser=named_day,
        ),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option(
            "--to", help="Last day to build again, YYYY-MM-DD.", metavar="DAY", parser=named_day
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Build everything again.")] = False,
    as_json: Json = False,
) -> None:
    """Build silver and gold from what changed, and publish.

    Reads: $NETFLIX_HOME/lake/bronze; unless --from or --to is given, the event log is drained into
    it first. A day is built again when its rows, its users or titles, or the code changed since; or
    when the options ask for it.

    Writes: $NETFLIX_HOME/lake/silver and lake/gold, each day as a whole; a new snapshot in
    $NETFLIX_HOME/serving; the run in Dagster's history. Ends with 1 when a day breaks its
    contract or cannot be built: its last good version stays, all others are published.

    Example: netflix-pipeline materialize --from 2026-01-01 --to 2026-01-31
    """
    if everything and (first or last):
        raise typer.BadParameter("--all builds every day: leave out --from and --to")
    if first and last and first > last:
        raise typer.BadParameter(f"--from {first} lies after --to {last}")
    build(settings(), first, last, everything=everything, as_json=as_json)


def build(
    home: Settings,
    first: date | None = None,
    last: date | None = None,
    *,
    everything: bool = False,
    as_json: bool = False,
    command: str = "materialize",
) -> None:
    """Materialize, publish, and print what was built."""
    outcome = run(home, first, last, everything=everything, command=command)
    if as_json:
        print_json(
            {
                "days": outcome.days,
                "rows": outcome.rows,
                "snapshot": outcome.snapshot,
                "runs": outcome.run_ids,
                "violations": outcome.violations,
                "failures": outcome.failures,
                "seconds": round(outcome.seconds, 3),
            }
        )
    else:
        if outcome.rows:
            print_table("Built", ("table", "rows"), sorted(outcome.rows.items()))
        if outcome.erasure is not None:
            say(f"{counted(len(outcome.erasure.users), 'person')} erased")
        say(f"{span(outcome.days)} built; snapshot {outcome.snapshot} is served")
    complain_of(outcome)


def complain_of(outcome: RunOutcome) -> None:
    """Tell what broke its contract, could not be built or was set aside, and end with 1.

    Nothing else does.
    """
    for violation in outcome.violations[:MOST_PROBLEMS]:
        complain(f"not published: {violation}")
    if (more := len(outcome.violations) - MOST_PROBLEMS) > 0:
        complain(f"not published: {counted(more, 'more partition')}: netflix-pipeline status")
    end_with(outcome.failures, failed=not outcome.success)


def run(
    home: Settings,
    first: date | None = None,
    last: date | None = None,
    *,
    everything: bool = False,
    command: str = "materialize",
) -> RunOutcome:
    """Materialize and publish, with a bar of progress."""
    from netflix_pipeline.defs.in_process_run import materialize

    done = 0
    with progress("building") as update:

        def on_built(built: Built) -> None:
            nonlocal done
            done += 1
            partition = "" if built.partition is None else f" {built.partition}"
            update(description=built.table, told=f"{done:,} built{partition}")

        return materialize(
            home,
            first=first,
            last=last,
            everything=everything,
            command=command,
            progress=on_built,
            waiting=waiting,
        )


def span(days: list[date]) -> str:
    """So many days, and from when to when."""
    if not days:
        return "no days"
    between = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{counted(len(days), 'day')} ({between})"
