"""Events that came in over HTTP are taken into bronze."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netflix_pipeline.cli.common import (
    Json,
    end_with,
    note,
    print_json,
    print_table,
    row_counts,
    say,
    settings,
    waiting,
)

if TYPE_CHECKING:
    from netflix_pipeline.ingest import FileResult


def drain(as_json: Json = False) -> None:
    """Drain the event log into bronze, now.

    Reads: the event log, $NETFLIX_HOME/events or NETFLIX_EVENT_LOG, from where the last drain came
    to.

    Writes: $NETFLIX_HOME/lake/bronze, a batch for each table and day of arrival. What is older than
    two hours then leaves the log. Ends with 1 when code failed at some events: they wait in
    quarantine, and all others are taken.
    """
    from netflix_pipeline.defs.reload import reloading
    from netflix_pipeline.ingest import drain_home

    home = settings()
    with reloading(home):
        results = drain_home(home, waiting=waiting)
    _print(results, as_json=as_json)
    end_with([result.note for result in results if result.note])


def _print(results: Sequence[FileResult], *, as_json: bool) -> None:
    total = row_counts(results)
    if as_json:
        batches = [
            {"batch": result.batch, "table": result.table}
            | row_counts([result])
            | ({"note": result.note} if result.note else {})
            for result in results
        ]
        print_json({"batches": batches, "total": total})
        return
    if not any(total.values()):
        say("no events wait to be taken in")
        return
    tables = dict.fromkeys(result.table for result in results if result.received)
    print_table(
        "Taken in",
        ("table", *total),
        (
            (table, *row_counts([each for each in results if each.table == table]).values())
            for table in tables
        ),
    )
    if total["quarantined"]:
        note("why rows went to quarantine: netflix-pipeline quarantine list --source http")
    say("To see them in the numbers: netflix-pipeline materialize")
