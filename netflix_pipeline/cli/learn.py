"""The models speak: what will be watched, who is leaving, what is watched next."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    end_with,
    named_day,
    print_json,
    print_table,
    say,
    settings,
)


def learn(
    origin: Annotated[
        date | None,
        typer.Option(
            help="The day on which they speak, YYYY-MM-DD; that behind the last with data.",
            metavar="DAY",
            parser=named_day,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the models say what they expect at a day, and publish it.

    Reads: $NETFLIX_HOME/lake. Of each table only what was known before that day.

    Writes: a partition of each table by origin (lake/gold/forecast_daily and others), unless it is
    there: what was said stays. A new snapshot in $NETFLIX_HOME/serving; the run in Dagster's
    history. Where Dagster runs, its sensor does the same behind a publish.

    Example: netflix-pipeline learn --origin 2026-02-01
    """
    from netflix_pipeline.defs.in_process_run import learn as run

    outcome = run(settings(), origin)
    if as_json:
        print_json(
            {
                "origin": outcome.days[0],
                "rows": outcome.rows,
                "snapshot": outcome.snapshot,
                "violations": outcome.violations,
            }
        )
    else:
        if outcome.rows:
            print_table("Said", ("table", "rows"), sorted(outcome.rows.items()))
        else:
            say(f"what was said at {outcome.days[0]} stands")
        say(f"snapshot {outcome.snapshot} is served")
    end_with(outcome.violations, failed=not outcome.success)
