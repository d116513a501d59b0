"""Alerts of Dagster's runs, daemons, sensors and schedules, and of what waits to be built."""

from netflix_pipeline.monitoring.absence_alerts import REMEDY
from netflix_pipeline.monitoring.alert_definition import (
    FIVE,
    NO_DAEMON,
    NOW,
    QUARTER,
    TRUST,
    Alert,
    age,
    gone,
)
from netflix_pipeline.monitoring.expressions import (
    HOUR,
    MINUTE,
    Increase,
    Now,
    Span,
    highest,
    lowest,
    metric,
    total,
)

STALLED = Span(120)
"""For so long no sensor looks for work before that is told: each does every few seconds."""
DUE = Span(26 * HOUR)
"""Within so long each night's run has come."""
RUNS = metric("netflix_runs_total")

RUN_ALERTS = (
    Alert(
        "SchedulerStalled",
        age(metric("netflix_sensor_tick_timestamp_seconds")) > STALLED,
        MINUTE,
        "page",
        "no sensor has looked for work for {value}",
        "120 seconds",
        "time",
        (
            (
                "`$NETFLIX_HOME/logs/dagster-daemon.log` has the daemon's last lines. Start "
                "`netflix-pipeline serve dagster` again: what waits is taken in then."
            ),
            (
                "Where Dagster is not to run over this home any more, remove `sensors`, "
                "`runs.json` and `pending.json` from `$NETFLIX_HOME/monitoring`: nobody waits for "
                "it then."
            ),
        ),
        TRUST,
        "/metrics",
    ),
    Alert(
        "DaemonStalled",
        Now() - lowest(metric("netflix_daemon_heartbeat_timestamp_seconds"), "daemon") > Span(120),
        Span(2 * MINUTE),
        "ticket",
        "Dagster's daemon {daemon} has told nothing for {value}",
        "120 seconds",
        "time",
        (
            (
                "Where `SchedulerStalled` fires too, do what it says. Else one of the daemon's "
                "threads hangs: its log says in what. Start `netflix-pipeline serve dagster` again."
            ),
        ),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "SensorFails",
        Now() - lowest(metric("netflix_sensor_success_timestamp_seconds"), "sensor") > Span(600),
        FIVE,
        "ticket",
        "the sensor {sensor} has not come to its end for {value}",
        "10 minutes",
        "time",
        ("In Dagster, look at the sensor's newest ticks: one that failed says why.",),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "ScheduleMissed",
        Now() - lowest(metric("netflix_schedule_tick_timestamp_seconds"), "schedule") > DUE,
        QUARTER,
        "ticket",
        "the schedule {schedule} was last begun {value} ago",
        "26 hours: it is due each night",
        "time",
        (
            (
                "In Dagster, look whether it is switched on, and at its newest ticks. By hand: "
                "`netflix-pipeline materialize`."
            ),
        ),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "RunFailed",
        Now() - highest(metric("netflix_run_failed_timestamp_seconds"), "job_name") < DUE,
        MINUTE,
        "ticket",
        "a run of {job_name} failed {value} ago, and none went well since",
        "26 hours: whatever one left is built each night",
        "time",
        (
            (
                "In Dagster, look at the newest run of the job: its failed step says why. What "
                "it could build is published; the rest stays as it was, and the next builds it."
            ),
            "Days that broke their contract are those of `ValidationFailed`.",
        ),
        TRUST,
        "/metrics",
    ),
    Alert(
        "RunStuck",
        Now() - lowest(metric("netflix_run_started_timestamp_seconds"), "job_name")
        > Span(2 * HOUR),
        FIVE,
        "ticket",
        "a run of {job_name} has been under way for {value}",
        "2 hours",
        "time",
        (
            (
                "In Dagster, look at the end of the run's log: it tells what it does. A backfill "
                "of years may take as long; one that waits for a lock says who holds it."
            ),
            "End it there (Terminate): the next run does what it left.",
        ),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "CheckFailed",
        total(
            Increase(metric("netflix_check_results_total", result="failed"), HOUR),
            "check",
            "table",
        )
        > 0,
        MINUTE,
        "ticket",
        "the check {check} of {table} failed within the last hour",
        "none",
        "count",
        (
            (
                "In Dagster, look at the table's checks: each tells what it found. Days that broke "
                "the contract are those of `ValidationFailed`; their last good version is shown."
            ),
        ),
        TRUST,
        "/v1/quality/checks?table={table}",
    ),
    Alert(
        "PartitionOverdue",
        Now() - lowest(metric("netflix_table_pending_since_timestamp_seconds"), "table") > DUE,
        QUARTER,
        "ticket",
        "a part of {table} has waited to be built for {value}",
        "26 hours: all that is pending is built each night at the latest",
        "time",
        (
            (
                "`netflix-pipeline status` tells which days wait; `materialize` builds them, and "
                "says why one cannot be built."
            ),
        ),
        TRUST,
        "/v1/quality/checks?table={table}",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "RunsNotTold",
        gone(RUNS, highest(metric("netflix_sensor_tick_timestamp_seconds")) > 0),
        Span(10 * MINUTE),
        "ticket",
        "Dagster's sensors look for work, and nobody tells of runs: alerts about them are blind",
        "10 minutes",
        "count",
        ("In Dagster, look at the newest ticks of the sensor `monitoring`.", REMEDY),
        NOW,
        "/metrics",
    ),
)
