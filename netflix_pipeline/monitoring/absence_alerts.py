"""Alerts of what is no longer told: a rule without samples looks just like one that finds all well.

A release that renames a number, or code that fails while it is read, would make others blind.
"""

from netflix_pipeline.monitoring.alert_definition import JOBS, NOW, Alert, Severity, gone
from netflix_pipeline.monitoring.burn_rates import API, DASHBOARD
from netflix_pipeline.monitoring.expressions import (
    MINUTE,
    Expression,
    Selector,
    Span,
    highest,
    lowest,
    metric,
)

REMEDY = "Ask `/metrics`: a release may have renamed what the rules look at. Make them anew."
LOOK_AT_TASKS = (
    "`/ready` tells of background tasks that fail; `$NETFLIX_HOME/logs/api.log` says why."
)

PUBLISHED = highest(metric("netflix_snapshot_version")) > 0
CANARIES_SENT = highest(metric("netflix_canary_interval_seconds")) > 0


def _not_told(
    name: str,
    of: Selector,
    what: str,
    remedy: tuple[str, ...] = (REMEDY,),
    told: Expression | None = None,
    severity: Severity = "ticket",
    whose: str = "the API",
) -> Alert:
    """The API answers, or tells another thing, and not this."""
    return Alert(
        f"{name}NotTold",
        gone(of, told),
        Span(10 * MINUTE),
        severity,
        f"{whose} no longer tells of {what}: alerts about them are blind",
        "10 minutes",
        "count",
        remedy,
        NOW,
        "/metrics",
    )


ABSENCE_ALERTS = (
    _not_told("Requests", API.counted, "its requests"),
    _not_told(
        "Dashboard",
        DASHBOARD.counted,
        "its requests",
        told=lowest(metric("netflix_background_up", job=JOBS["dashboard"])) > -1,
        whose="the dashboard",
    ),
    _not_told("Machine", metric("netflix_machine_cpu_seconds_total"), "machine and disk"),
    _not_told("Events", metric("netflix_events_total"), "the events that it takes in"),
    _not_told("EventLog", metric("netflix_event_log_up"), "writes to the event log"),
    _not_told(
        "Backlog",
        metric("netflix_event_log_waiting_events"),
        "the events that wait to be drained",
        (LOOK_AT_TASKS, REMEDY),
    ),
    _not_told("Tasks", metric("netflix_background_up"), "its background tasks"),
    _not_told(
        "Ledger",
        metric("netflix_ledger_missing_rows"),
        "ledger and tables of the snapshot",
        (
            "It cannot be asked for them: `netflix-pipeline publish --full` makes another.",
            REMEDY,
        ),
        PUBLISHED,
    ),
    _not_told(
        "Canary",
        metric("netflix_canary_visible_timestamp_seconds"),
        "canaries, of which none came through since it began",
        ("Do what `CanaryMissing` says.",),
        CANARIES_SENT,
        "page",
    ),
)
