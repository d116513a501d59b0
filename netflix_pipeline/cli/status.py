"""What the home holds, and what is still to be built."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netflix_pipeline.cli.common import Json, counted, note, print_json, print_table, say, settings
from netflix_pipeline.cli.materialize import MOST_PROBLEMS, span

if TYPE_CHECKING:
    from netflix_pipeline.monitoring import AlertReport, ObjectiveReport


def status(as_json: Json = False) -> None:
    """Show snapshot, tables, ledger, waiting days and alerts.

    Reads: $NETFLIX_HOME, only what its files say of themselves.

    Writes: nothing.
    """
    from netflix_pipeline.monitoring import alert_report, objective_report
    from netflix_pipeline.status import home_status

    home = settings()
    now = datetime.now(UTC)
    summary, report = home_status(home), alert_report(home, now)
    objectives = objective_report(home, now)
    if as_json:
        told = {"alerts": report, "objectives": objectives}
        print_json(summary | {name: each.model_dump(mode="json") for name, each in told.items()})
        return
    snapshot = summary["snapshot"]
    say(
        f"snapshot {snapshot['version']} of {snapshot['built_at']:%Y-%m-%d %H:%M:%S}, "
        f"days {snapshot['data_from']} to {snapshot['data_to']}"
        if snapshot
        else "nothing is published yet: netflix-pipeline ingest PATH, then materialize"
    )
    if summary["tables"]:
        columns = ("table", "days", "rows", "from", "to")
        rows = [
            (name, *(table[column] for column in columns[1:]))
            for name, table in summary["tables"].items()
        ]
        print_table("Tables", columns, rows)
        print_table("Ledger", summary["ledger"].keys(), [summary["ledger"].values()])
    if rows_aside := summary["set_aside"]:
        say(
            f"{counted(rows_aside, 'row')} at which code failed: after an update, "
            "netflix-pipeline quarantine replay --reason processing_failed"
        )
    if persons := summary["erasures"]["pending"]:
        say(f"{counted(persons, 'person')} to be erased: netflix-pipeline materialize")
    if (events := summary["events"]) is not None:
        waiting = events["requests"] - events["drained"]
        say(f"{counted(waiting, 'request')} with events waiting to be drained")
    _tell_backup(summary["backup"])
    _tell_alerts(report)
    _tell_objectives(objectives)
    for problem in summary["problems"][:MOST_PROBLEMS]:
        note(problem)
    if (more := len(summary["problems"]) - MOST_PROBLEMS) > 0:
        note(f"{counted(more, 'more problem')}: netflix-pipeline status --json tells all")
    say(_waiting(summary))


def _tell_backup(backup: dict[str, Any] | None) -> None:
    if backup is None:
        return
    if backup["made_at"] is None:
        say("no backup was made yet: netflix-pipeline backup")
    else:
        say(
            f"the last verified backup is of {backup['made_at']:%Y-%m-%d %H:%M:%S}, at "
            f"{backup['target']}"
        )
    for problem in backup["problems"]:
        note(problem)


def _tell_alerts(report: "AlertReport") -> None:
    if not report.watched:
        # What was known once says nothing.
        say("nobody watches: netflix-pipeline serve looks for alerts while it serves the API")
        return
    for each in report.firing:
        since = f"{each.since:%Y-%m-%d %H:%M:%S}"
        untold = ""
        if each.inhibited_by:
            untold = f"; nobody is told while {each.inhibited_by} fires"
        elif quiet := each.silenced_until:
            untold = f"; nobody is told until {quiet:%Y-%m-%d %H:%M}"
        say(f"{each.severity}: {each.summary}, since {since} ({each.name}){untold}")
    if not report.firing:
        say("no alert fires")
    proven = sum(known.last_fired_at is not None for known in report.alerts)
    say(f"{proven} of {counted(len(report.alerts), 'alert')} have been seen to fire")


def _tell_objectives(report: "ObjectiveReport") -> None:
    """Those of which something was measured, also where nobody does so now."""
    measured = [each for each in report.objectives if each.measured_from]
    if not measured:
        return
    print_table(
        f"Objectives of {report.days} days"
        + ("" if report.watched else " (nobody watches: netflix-pipeline serve does)"),
        ("objective", "promised", "used of the budget", "burn", "since"),
        (
            (each.title, f"{each.objective:.1%}", each.summary, each.burn, each.bad_since)
            for each in measured
        ),
    )


def _waiting(summary: dict[str, Any]) -> str:
    days, tables = summary["pending_days"], summary["pending_tables"]
    if not days and not tables:
        return "everything is built"
    parts = [span(days)] if days else []
    if tables:
        parts.append(", ".join(tables))
    return f"{' and '.join(parts)} to be built: netflix-pipeline materialize"
