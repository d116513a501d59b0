"""What is alerted of: one table.

From it come Prometheus' rules, the built-in watch, the runbook, what API and dashboard tell, and
the tests.

An alert is an expression that gives the series that are not well. It fires once it has given one
for as long as `lasting` says, and ends when it gives it no longer.
"""

from netflix_pipeline.monitoring.absence_alerts import ABSENCE_ALERTS
from netflix_pipeline.monitoring.alert_definition import (
    APP,
    FIVE,
    NO_DAEMON,
    NOW,
    QUARTER,
    TRUST,
    Alert,
    age,
    gone,
)
from netflix_pipeline.monitoring.backup_alerts import BACKUP_ALERTS
from netflix_pipeline.monitoring.burn_rates import MANY
from netflix_pipeline.monitoring.expressions import (
    DAY,
    HOUR,
    MINUTE,
    Expression,
    Highest,
    Increase,
    Lowest,
    Predicted,
    Quantile,
    Rate,
    Span,
    highest,
    lowest,
    metric,
    total,
)
from netflix_pipeline.monitoring.objectives import OBJECTIVES
from netflix_pipeline.monitoring.request_alerts import REQUEST_ALERTS
from netflix_pipeline.monitoring.run_alerts import RUN_ALERTS

RECEIVED = metric("netflix_events_total")
QUARANTINED = metric("netflix_events_total", result="quarantined")
CPU_SECONDS = metric("netflix_machine_cpu_seconds_total")
FREE = metric("netflix_disk_available_bytes")
SIZE = metric("netflix_disk_size_bytes")


THEIR_DAYS = "source=http&from={from}&to={to}"
"""Of rows that came by HTTP: the days on which an alert began, and of the hour before."""


def _open_files(service: str) -> Expression:
    """The share of the files open that the processes of a service may have."""
    process = f"netflix_{service}_process"
    opened, may = (metric(f"{process}_{name}_fds") for name in ("open", "max"))
    return highest(opened, "job") / highest(may, "job")


ALERTS: tuple[Alert, ...] = (
    Alert(
        "ServiceDown",
        lowest(metric("up", app=APP), "job").equals(0),
        MINUTE,
        "page",
        "{job} does not answer",
        "1 minute",
        "count",
        (
            (
                "`netflix-pipeline serve` starts a service that died again and tells why it ended; "
                "`$NETFLIX_HOME/logs` has its last lines. Is it not running, start it."
            ),
            "Where it runs but does not answer, ask `/ready`: it names what is not well.",
        ),
        NOW,
        "/ready",
    ),
    Alert(
        "ServiceRestarting",
        total(Increase(metric("netflix_service_restarts_total"), QUARTER), "service") > 3,
        MINUTE,
        "ticket",
        "{service} died again and again: it was started {value} times more in 15 minutes",
        "more than 3 times in 15 minutes",
        "count",
        (
            (
                "Its log in `$NETFLIX_HOME/logs` has its last lines, each time that it ended. It "
                "is started again without end, at the longest every minute."
            ),
            "Exit code 137 is a process that was killed: most often for want of memory.",
        ),
        NOW,
        "/ready",
    ),
    Alert(
        "DashboardLoad",
        (
            Quantile(
                0.75,
                total(Rate(metric("netflix_page_seconds_bucket", vital="load"), QUARTER), "le"),
            )
            > 3
        )
        & (total(Increase(metric("netflix_page_seconds_count", vital="load"), QUARTER)) > 3),
        FIVE,
        "ticket",
        "one in four pages of the dashboard takes {value} or longer to open",
        "3 seconds, of more than three pages in 15 minutes",
        "time",
        (
            (
                "The dashboard's `/metrics` has `netflix_page_seconds` by page and by what had "
                "come by then: where `ttfb` is long, the dashboard is slow; else the way to the "
                "browser, or the browser."
            ),
        ),
        NOW,
        "/metrics",
    ),
    Alert(
        "BackgroundTaskFails",
        lowest(metric("netflix_background_up"), "job", "task").equals(0),
        FIVE,
        "ticket",
        "the background task {task} of {job} does not do its work",
        "5 minutes",
        "count",
        ("`/ready` says why, as `background/TASK`; it is tried again until it works.",),
        NOW,
        "/ready",
    ),
    Alert(
        "EventLogNotDurable",
        lowest(metric("netflix_event_log_up")).equals(0),
        MINUTE,
        "page",
        "events cannot be written: senders are told to come again",
        "1 minute",
        "count",
        (
            (
                "`/ready` says why: a full disk, rights, or the settings of Redis. It goes on by "
                "itself once that is over; nothing that was accepted is lost."
            ),
        ),
        NOW,
        "/ready",
    ),
    Alert(
        "VisibilityDelay",
        highest(Lowest(metric("netflix_live_delay_seconds", quantile="0.99"), FIVE)) > 1,
        MINUTE,
        "ticket",
        "events take {value} until they are visible",
        "1 second, for the 99th of a hundred, during 5 minutes",
        "time",
        ("Look at `netflix_event_log_waiting_bytes`: a slow disk holds up all that comes in.",),
        NOW,
        "/live",
    ),
    Alert(
        "CanaryMissing",
        age(metric("netflix_canary_visible_timestamp_seconds"))
        > highest(metric("netflix_canary_interval_seconds")) * 3,
        MINUTE,
        "page",
        "no canary has come through for {value}",
        "three intervals (`NETFLIX_CANARY_SECONDS`), 180 seconds as it comes",
        "time",
        (
            (
                "Each minute an event of the platform's own goes all the way of everybody's "
                "events. `/live` tells of the last; the API's log says why none came through."
            ),
            (
                "Where it is refused with 401, the server is bound to another address than "
                "`NETFLIX_HOST`."
            ),
        ),
        NOW,
        "/live",
    ),
    Alert(
        "PipelineLag",
        age(metric("netflix_event_log_oldest_waiting_timestamp_seconds")) > Span(300),
        Span(2 * MINUTE),
        "page",
        "events have waited for {value} to be taken into the tables",
        "5 minutes",
        "time",
        (
            "In Dagster, look at the newest runs of `drain_events`: one that failed says why.",
            (
                "Does Dagster's daemon run (`SchedulerStalled`)? By hand: `netflix-pipeline "
                "drain`, then `netflix-pipeline materialize`."
            ),
        ),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "DrainSlow",
        (total(Rate(metric("netflix_drained_events_total"), Span(2 * MINUTE))) < 500)
        & (highest(Lowest(metric("netflix_event_log_waiting_events"), Span(2 * MINUTE))) > 60_000),
        Span(2 * MINUTE),
        "ticket",
        "{value} events a second are taken into bronze, while more than 60,000 wait",
        "500 events a second for 2 minutes",
        "count",
        (
            (
                "Is it drained at all (`PipelineLag`)? In Dagster, look at the newest run of "
                "`drain_events`: while it builds tables, it takes nothing in."
            ),
            (
                "Compare processors and disk (`MachineCpu`): `make bench-ingest` tells what this "
                "machine can do."
            ),
        ),
        TRUST,
        "/metrics",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "SnapshotOld",
        age(metric("netflix_snapshot_built_timestamp_seconds")) > Span(26 * HOUR),
        Span(10 * MINUTE),
        "ticket",
        "the snapshot was built {value} ago",
        "26 hours: one is published each night",
        "time",
        (
            (
                "`netflix-pipeline status` tells what waits to be built; `materialize` builds and "
                "publishes it. In Dagster, look at the run of the schedule `newest_days`."
            ),
        ),
        TRUST,
        "/v1/quality/snapshots",
        inhibited_by=NO_DAEMON,
    ),
    Alert(
        "DashboardBehind",
        highest(metric("netflix_snapshot_version"))
        - highest(metric("netflix_dashboard_snapshot_version"))
        > 0,
        FIVE,
        "ticket",
        "the dashboard shows a snapshot that is {value} versions older than the API's",
        "5 minutes",
        "count",
        (
            (
                "The dashboard's `/ready` says why it cannot open the newer one; it tries again by "
                "itself. `$NETFLIX_HOME/logs/dashboard.log` tells more."
            ),
        ),
        TRUST,
        "/v1/quality/snapshots",
    ),
    Alert(
        "SnapshotDamaged",
        highest(metric("netflix_snapshot_damaged")) > 0,
        FIVE,
        "page",
        "the newest snapshot cannot be read, an older one answers",
        "5 minutes",
        "count",
        ("`netflix-pipeline publish --full` makes another. Then check the disk.",),
        TRUST,
        "/v1/quality/snapshots",
    ),
    Alert(
        "SnapshotNotFetched",
        lowest(metric("netflix_snapshot_store_up"), "job").equals(0),
        FIVE,
        "ticket",
        "{job} cannot have the newest snapshot of the store, an older one answers",
        "5 minutes",
        "count",
        (
            (
                "`/ready` says why, as `snapshot_store`: the store is away, a file of it is "
                "damaged, or the disk is full. It is tried again by itself; `netflix-pipeline "
                "doctor` asks the store, too."
            ),
        ),
        TRUST,
        "/ready",
    ),
    Alert(
        "NothingPublished",
        gone(metric("netflix_snapshot_version")),
        Span(10 * MINUTE),
        "ticket",
        "there is no snapshot to answer from",
        "10 minutes",
        "count",
        ("`netflix-pipeline ingest PATH`, then `materialize`; `status` tells what is missing.",),
        TRUST,
        "/ready",
    ),
    Alert(
        "LedgerDifference",
        highest(metric("netflix_ledger_missing_rows")) > 0,
        MINUTE,
        "page",
        "{value} rows are missing from the ledger, or are there twice",
        "0 rows",
        "count",
        (
            (
                "A bronze file was lost or changed behind the platform's back. "
                "`netflix-pipeline doctor` names the batch, `GET /quality/ledger` day, source and "
                "table once the day is built; `status` names files that are torn."
            ),
            (
                "Restore the file from the backup, or ingest its source again, then `materialize`. "
                "Of a store, `netflix-pipeline doctor --repair` puts objects back that its machine "
                "keeps: run it on each that worked with the lake first."
            ),
        ),
        "/trust?period=all",
        "/v1/quality/ledger?only=missing&period=all",
    ),
    Alert(
        "FilesMissing",
        highest(metric("netflix_table_missing_files"), "table") > 0,
        FIVE,
        "ticket",
        "{value} files of {table} are gone from the lake",
        "0 files",
        "count",
        (
            (
                "`netflix-pipeline materialize` builds them anew from bronze. Do it soon: what is "
                "shown still has their rows, and the next snapshot would not."
            ),
            (
                "Where tables lie in a store, `netflix-pipeline doctor --repair` puts back what "
                "its machine keeps of them, and has the rest of silver and gold built anew. Of "
                "`bronze/…` run it on each machine that worked with the lake; what none of them "
                "keeps is in the backup."
            ),
            "Then look who removed them: nothing of the platform does.",
        ),
        TRUST,
        "/v1/quality/checks?table={table}",
    ),
    Alert(
        "ValidationFailed",
        highest(metric("netflix_table_stale_parts"), "table") > 0,
        Span(10 * MINUTE),
        "ticket",
        "{value} days of {table} are stale: their last good version is shown",
        "0 days",
        "count",
        (
            (
                "`netflix-pipeline materialize` builds them anew, and says what is wrong with "
                "those that break their contract. The check's table of failures in Dagster has the "
                "rows."
            ),
        ),
        TRUST,
        "/v1/quality/checks?table={table}",
    ),
    Alert(
        "ProcessingFailed",
        highest(metric("netflix_failed_rows")) > 0,
        Span(10 * MINUTE),
        "ticket",
        "code failed at {value} rows: they wait in quarantine",
        "0 rows",
        "count",
        (
            (
                "The log says what failed. Update the platform, then "
                "`netflix-pipeline quarantine replay --reason processing_failed`."
            ),
        ),
        "/trust?period=all&reason=processing_failed",
        "/v1/quality/quarantine?reason=processing_failed&period=all",
    ),
    Alert(
        "QuarantineShare",
        (total(Increase(QUARANTINED, HOUR)) / total(Increase(RECEIVED, HOUR)) > 0.01)
        & (total(Increase(RECEIVED, HOUR)) > MANY),
        QUARTER,
        "ticket",
        "{value} of the events of the last hour are in quarantine",
        "1 % of 100 events or more",
        "share",
        (
            (
                "`netflix-pipeline quarantine list` gives rows and reasons. Mend the sender, then "
                "`quarantine replay`."
            ),
        ),
        f"/trust?{THEIR_DAYS}",
        f"/v1/quality/quarantine?{THEIR_DAYS}",
        inhibited_by=("QuarantineShareHigh",),
    ),
    Alert(
        "QuarantineShareHigh",
        (total(Increase(QUARANTINED, HOUR)) / total(Increase(RECEIVED, HOUR)) > 0.1)
        & (total(Increase(RECEIVED, HOUR)) > MANY),
        QUARTER,
        "page",
        "{value} of the events of the last hour are in quarantine",
        "10 % of 100 events or more",
        "share",
        ("Do what `QuarantineShare` says: a sender has most likely changed its format.",),
        f"/trust?{THEIR_DAYS}",
        f"/v1/quality/quarantine?{THEIR_DAYS}",
    ),
    Alert(
        "MachineCpu",
        highest(Rate(CPU_SECONDS, FIVE)) / highest(metric("netflix_machine_cpus")) > 0.8,
        QUARTER,
        "ticket",
        "{value} of the machine's processors are used",
        "80 % for 15 minutes",
        "share",
        (
            (
                "See which process it is (`top`). Runs of Dagster are bounded by its pools; the "
                "API's queries by `NETFLIX_QUERY_THREADS`."
            ),
        ),
        NOW,
        "/metrics",
    ),
    Alert(
        "MachineMemory",
        highest(metric("netflix_machine_memory_used_ratio")) > 0.8,
        QUARTER,
        "ticket",
        "{value} of the machine's memory is used",
        "80 % for 15 minutes",
        "share",
        (
            (
                "`netflix_memory_most_bytes` tells what a process of API and dashboard may come "
                "to, by parts that settings bound."
            ),
        ),
        NOW,
        "/metrics",
    ),
    Alert(
        "FilesOpen",
        (_open_files("api") > 0.8) | (_open_files("dashboard") > 0.8),
        FIVE,
        "ticket",
        "{job} has {value} of the files open that it may",
        "80 % for 5 minutes",
        "share",
        (
            (
                "Connections count, too: what lies in front should close idle ones. `ulimit -n` "
                "(`LimitNOFILE` of systemd) says how many it may; it takes what it is given."
            ),
            "Where the number only ever grows, start the service again, and report it.",
        ),
        NOW,
        "/metrics",
    ),
    Alert(
        "DiskFullSoon",
        (lowest(FREE) / lowest(SIZE) < 0.2) & (lowest(Predicted(FREE, Span(6 * HOUR), DAY)) < 0),
        HOUR,
        "ticket",
        "{value} of the home's disk is free, and at this pace it is full within a day",
        "24 hours, where less than 20 % is free",
        "share",
        (
            (
                "Make room, or move `NETFLIX_HOME` to a larger disk. `du -sh $NETFLIX_HOME/*` "
                "tells what grew."
            ),
        ),
        TRUST,
        "/metrics",
        inhibited_by=("DiskFull",),
    ),
    Alert(
        "DiskFull",
        highest(Highest(FREE, FIVE)) / highest(SIZE) < 0.05,
        MINUTE,
        "page",
        "{value} of the home's disk is free",
        "5 %",
        "share",
        (
            (
                "Make room: `landed/` and `sample/` can go, and snapshots beyond the newest "
                "(`NETFLIX_SNAPSHOTS_KEPT`). Nothing half-written was kept."
            ),
        ),
        TRUST,
        "/metrics",
    ),
    *REQUEST_ALERTS,
    *(alert for objective in OBJECTIVES for alert in objective.alerts),
    *RUN_ALERTS,
    *BACKUP_ALERTS,
    *ABSENCE_ALERTS,
)
"""Each by its name, which no other has."""
