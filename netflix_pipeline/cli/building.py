"""What is made of the data: tables, the snapshot, and where they stand."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netflix_pipeline.cli.printing import (
    Json,
    complain,
    counted,
    day,
    note,
    print_json,
    print_table,
    progress,
    say,
    waiting,
)
from netflix_pipeline.cli.settings import settings

MOST_PROBLEMS = 20
"""Lines that `status` prints of what is wrong."""

if TYPE_CHECKING:
    from datetime import date

    from netflix_pipeline.defs.run import RunOutcome
    from netflix_pipeline.materialize import Built
    from netflix_pipeline.serving import Published
    from netflix_pipeline.settings import Settings


def materialize(
    first: Annotated[
        str | None, typer.Option("--from", help="First day to build again, YYYY-MM-DD.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last day to build again, YYYY-MM-DD.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Build everything again.")] = False,
    as_json: Json = False,
) -> None:
    """Build silver and gold from what changed, and publish.

    Reads: $NETFLIX_HOME/lake/bronze, into which the events of the log are moved before, unless days
    are asked for. A day is built again when its rows, its users or titles, or the code changed
    since; or when the options ask for it.

    Writes: $NETFLIX_HOME/lake/silver and lake/gold, each day as a whole; a new snapshot in
    $NETFLIX_HOME/serving; the run in Dagster's history. Ends with 1 when a day breaks its
    contract or cannot be built: its last good version stays, all others are published.

    Example: netflix-pipeline materialize --from 2026-01-01 --to 2026-01-31
    """
    begin, end = day(first), day(last)
    if everything and (begin or end):
        raise typer.BadParameter("--all builds every day: leave out --from and --to")
    if begin and end and begin > end:
        raise typer.BadParameter(f"--from {begin} lies after --to {end}")
    build(settings(), begin, end, everything=everything, as_json=as_json)


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
        say(f"{_days(outcome.days)} built; snapshot {outcome.snapshot} is served")
    complain_of(outcome)


def complain_of(outcome: RunOutcome) -> None:
    """Tell what broke its contract, could not be built or was set aside, and end with 1.

    Nothing else does.
    """
    for violation in outcome.violations[:MOST_PROBLEMS]:
        complain(f"not published: {violation}")
    if (more := len(outcome.violations) - MOST_PROBLEMS) > 0:
        complain(f"not published: {counted(more, 'more partition')}: netflix-pipeline status")
    for failure in outcome.failures:
        complain(failure)
    if not outcome.success:
        raise typer.Exit(1)


def run(
    home: Settings,
    first: date | None = None,
    last: date | None = None,
    *,
    everything: bool = False,
    command: str = "materialize",
) -> RunOutcome:
    """Materialize and publish, with a bar of progress."""
    from netflix_pipeline.defs.run import materialize

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


def publish(
    full: Annotated[bool, typer.Option("--full", help="Build the file anew.")] = False,
    as_json: Json = False,
) -> None:
    """Publish what silver and gold hold as the next snapshot.

    Reads: $NETFLIX_HOME/lake/silver and lake/gold.

    Writes: $NETFLIX_HOME/serving/snapshot-NNNNNN.duckdb and the link current.duckdb; nothing when
    nothing changed. Readers go on undisturbed. Ends with 1 when a file cannot be read: of that day
    stays what is served; all others are published.
    """
    from netflix_pipeline.ingest import latest_receipt
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.serving import publish_home

    home = settings()
    with progress("publishing") as update:

        def on_table(table: str, done: int, total: int) -> None:
            update(description=table, completed=done, total=total)

        published = publish_home(
            home, full=full, as_of=latest_receipt(Lake(home.lake)), progress=on_table
        )
    for why in published.damaged.values():
        complain(f"not published: {why}")
    if as_json:
        told = {field.name: getattr(published, field.name) for field in fields(published)}
        print_json(told | {"damaged": list(published.damaged.values())})
    else:
        _say_published(published)
    if published.damaged:
        raise typer.Exit(1)


def _say_published(published: Published) -> None:
    if published.fresh:
        changed = (
            "built anew" if published.full else f"{counted(published.days_changed, 'day')} changed"
        )
        say(f"snapshot {published.version} is served ({changed}): {published.path}")
    else:
        say(f"nothing changed: snapshot {published.version} stays: {published.path}")
    if published.note:
        say(f"built anew because {published.note}")


def status(as_json: Json = False) -> None:
    """Show snapshot, tables, ledger and the days to be built.

    Reads: $NETFLIX_HOME, only what its files say of themselves.

    Writes: nothing.
    """
    from netflix_pipeline.status import home_status

    told = home_status(settings())
    if as_json:
        print_json(told)
        return
    snapshot = told["snapshot"]
    say(
        f"snapshot {snapshot['version']} of {snapshot['built_at']:%Y-%m-%d %H:%M:%S}, "
        f"days {snapshot['data_from']} to {snapshot['data_to']}"
        if snapshot
        else "nothing is published yet: netflix-pipeline ingest PATH, then materialize"
    )
    if told["tables"]:
        columns = ("table", "days", "rows", "from", "to")
        rows = [
            (name, *(table[column] for column in columns[1:]))
            for name, table in told["tables"].items()
        ]
        print_table("Tables", columns, rows)
        print_table("Ledger", told["ledger"].keys(), [told["ledger"].values()])
    if rows_aside := told["set_aside"]:
        say(
            f"{counted(rows_aside, 'row')} at which code failed: after an update, "
            "netflix-pipeline quarantine replay --reason processing_failed"
        )
    if persons := told["erasures"]["pending"]:
        say(f"{counted(persons, 'person')} to be erased: netflix-pipeline materialize")
    if (events := told["events"]) is not None:
        waiting = events["requests"] - events["drained"]
        say(f"{counted(waiting, 'request')} with events waiting to be drained")
    for problem in told["problems"][:MOST_PROBLEMS]:
        note(problem)
    if (more := len(told["problems"]) - MOST_PROBLEMS) > 0:
        note(f"{counted(more, 'more problem')}: netflix-pipeline status --json tells all")
    say(_waiting(told))


def _waiting(told: dict[str, Any]) -> str:
    days, tables = told["pending_days"], told["pending_tables"]
    if not days and not tables:
        return "everything is built"
    parts = [_days(days)] if days else []
    if tables:
        parts.append(", ".join(tables))
    return f"{' and '.join(parts)} to be built: netflix-pipeline materialize"


def _days(days: list[date]) -> str:
    """So many days, and from when to when."""
    if not days:
        return "no days"
    between = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{counted(len(days), 'day')} ({between})"
