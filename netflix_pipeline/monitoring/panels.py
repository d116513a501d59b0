"""What Grafana's dashboard of the platform shows: one table of panels.

Each is one or more expressions, written as those of alerts are, with what stands in the legend.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from netflix_pipeline.monitoring.burn_rates import (
    API,
    DASHBOARD,
    FAST,
    SLOW,
    ServedRequests,
)
from netflix_pipeline.monitoring.expressions import (
    HOUR,
    MINUTE,
    Expression,
    Increase,
    Now,
    Quantile,
    Rate,
    Selector,
    duration,
    highest,
    lowest,
    metric,
    total,
)
from netflix_pipeline.monitoring.objectives import DAYS, OBJECTIVES, Objective

Unit = Literal["Bps", "bytes", "eps", "none", "percentunit", "reqps", "s", "short"]
"""Units of Grafana's: `short` is a count, `percentunit` a share from 0 to 1."""

PACE = MINUTE
"""The window of rates, of which Grafana makes one that suits the picture: four scrapes at least."""


@dataclass(frozen=True)
class Line:
    """What is drawn: each series of an expression, by a name in which `{{label}}` is filled in."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class Panel:
    """A picture; `limit` is a line from which on it is not well, `below` says that up to which."""

    title: str
    about: str
    unit: Unit
    lines: tuple[Line, ...]
    limit: float | None = None
    below: bool = False


@dataclass(frozen=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


def _rate(of: Selector, *by: str) -> Expression:
    return total(Rate(of, PACE), *by)


def _quantile(share: float, histogram: str, *by: str, **labels: str) -> Expression:
    return Quantile(share, _rate(metric(f"{histogram}_bucket", **labels), "le", *by))


def _quantiles(histogram: str, **labels: str) -> tuple[Line, ...]:
    """Half of them, and nearly all of them, were no longer than that."""
    return tuple(
        Line(f"{share:.0%}", _quantile(share, histogram, **labels)) for share in (0.5, 0.95, 0.99)
    )


def _age(of: str, *by: str) -> Expression:
    """How long ago it was."""
    return Now() - highest(metric(of), *by)


LONG = [long for _, long, _ in (*FAST, *SLOW)]
"""The windows over which alerts look whether a budget burns too fast."""


def _of_service(who: str, asked: ServedRequests, slow: float) -> Iterator[Panel]:
    """What is asked of a service, how much of it fails, and how long answers take."""
    yield Panel(
        f"{who}: requests",
        "Requests that it answered, by route.",
        "reqps",
        (Line("{{route}}", _rate(asked.counted, "route")),),
    )
    yield Panel(
        f"{who}: status",
        "The same by class of status: 5xx failed.",
        "reqps",
        (Line("{{status}}", _rate(asked.counted, "status")),),
    )
    yield Panel(
        f"{who}: errors",
        "Share of its requests that failed (5xx).",
        "percentunit",
        (Line("failed", asked.failed(PACE)),),
        limit=0.01,
    )
    yield Panel(
        f"{who}: latency",
        "Time until its answer began.",
        "s",
        _quantiles(asked.histogram),
        limit=slow,
    )
    yield Panel(
        f"{who}: latency by route",
        "The same for each route: 95 % took no longer.",
        "s",
        (Line("{{route}}", _quantile(0.95, asked.histogram, "route")),),
        limit=slow,
    )


def _burn(objective: Objective) -> Panel:
    """How many times faster than it lasts for its days a budget is used up."""
    return Panel(
        f"{objective.title}: how fast its budget burns",
        f"{objective.promise} Promised: {objective.share:.1%} over {DAYS} days. At 1 what is left "
        "besides is used up in just that time; 14.4 and 6 are pages, 3 and 1 tickets.",
        "none",
        tuple(
            Line(duration(long), objective.indicator.bad(long) / objective.budget) for long in LONG
        ),
        limit=1,
    )


ROWS: tuple[Row, ...] = (
    Row(
        "API",
        (
            *_of_service("API", API, 0.1),
            Panel(
                "Answers",
                "Where answers came from: kept in the process, shared by replicas, or computed.",
                "reqps",
                (Line("{{source}}", _rate(metric("netflix_cache_answers_total"), "source")),),
            ),
            Panel(
                "Queries",
                "Time of a question's queries, from its turn on.",
                "s",
                _quantiles("netflix_query_seconds"),
            ),
            Panel(
                "Questions that run or wait",
                "More than NETFLIX_QUERY_THREADS wait for their turn.",
                "short",
                (Line("questions", total(metric("netflix_queries_taken"))),),
            ),
            Panel(
                "Kept answers",
                "Memory that they take, of NETFLIX_KEPT_MEGABYTES each.",
                "bytes",
                (
                    Line("API", total(metric("netflix_cache_bytes"))),
                    Line(
                        "dashboard {{cache}}",
                        total(metric("netflix_dashboard_cache_bytes"), "cache"),
                    ),
                ),
            ),
        ),
    ),
    Row(
        "Dashboard",
        (
            *_of_service("Dashboard", DASHBOARD, 1.0),
            Panel(
                "Views and their answers",
                "Where they came from: kept, or computed.",
                "reqps",
                (
                    Line(
                        "{{cache}} {{source}}",
                        _rate(metric("netflix_dashboard_cache_answers_total"), "cache", "source"),
                    ),
                ),
            ),
            Panel(
                "Pages",
                "Time until a page had loaded, in real browsers: for three in four no longer. "
                "DashboardLoad alerts of 3 seconds.",
                "s",
                (Line("{{page}}", _quantile(0.75, "netflix_page_seconds", "page", vital="load")),),
                limit=3,
            ),
            Panel(
                "Pages, by what had come",
                "The same of all pages, by what had come by then: the first byte (ttfb), the "
                "first and the largest thing painted (fcp, lcp), and all (load).",
                "s",
                (Line("{{vital}}", _quantile(0.75, "netflix_page_seconds", "vital")),),
            ),
        ),
    ),
    Row(
        "Objectives",
        tuple(map(_burn, OBJECTIVES)),
    ),
    Row(
        "Events",
        (
            Panel(
                "Events in",
                "Events that came in over HTTP, by what became of them.",
                "eps",
                (Line("{{result}}", _rate(metric("netflix_events_total"), "result")),),
            ),
            Panel(
                "Quarantined",
                "Their share in quarantine. QuarantineShare alerts of 1 % of an hour.",
                "percentunit",
                (
                    Line(
                        "quarantined",
                        _rate(metric("netflix_events_total", result="quarantined"))
                        / _rate(metric("netflix_events_total")),
                    ),
                ),
                limit=0.01,
            ),
            Panel(
                "Events that wait",
                "Events in the log that are not in bronze yet, about.",
                "short",
                (Line("waiting", highest(metric("netflix_event_log_waiting_events"))),),
                limit=60_000,
            ),
            Panel(
                "The oldest that waits",
                "How long ago it came in. PipelineLag alerts of 5 minutes.",
                "s",
                (Line("oldest", _age("netflix_event_log_oldest_waiting_timestamp_seconds")),),
                limit=300,
            ),
            Panel(
                "Taken into bronze",
                "Events that drains took, whatever became of them.",
                "eps",
                (Line("drained", _rate(metric("netflix_drained_events_total"))),),
            ),
            Panel(
                "Until they are visible",
                "From receipt to the live view: of the last five full minutes, and of the canary. "
                "VisibilityDelay alerts of 1 second.",
                "s",
                (
                    Line("{{quantile}}", highest(metric("netflix_live_delay_seconds"), "quantile")),
                    Line("canary", highest(metric("netflix_canary_delay_seconds"))),
                ),
                limit=1,
            ),
            Panel(
                "Bytes that wait for the disk",
                "Of requests that are not answered yet.",
                "bytes",
                (Line("waiting", total(metric("netflix_event_log_waiting_bytes"))),),
            ),
            Panel(
                "The log can be written",
                "0 while events are refused: EventLogNotDurable.",
                "none",
                (Line("up", lowest(metric("netflix_event_log_up"))),),
                limit=1,
                below=True,
            ),
        ),
    ),
    Row(
        "Tables and snapshot",
        (
            Panel(
                "Age of the snapshot",
                "How long ago it was built. SnapshotOld alerts of 26 hours.",
                "s",
                (Line("built", _age("netflix_snapshot_built_timestamp_seconds")),),
                limit=26 * HOUR,
            ),
            Panel(
                "Version of the snapshot",
                "Its number, as each process has it.",
                "none",
                (
                    Line("API", highest(metric("netflix_snapshot_version"))),
                    Line("dashboard", highest(metric("netflix_dashboard_snapshot_version"))),
                ),
            ),
            Panel(
                "Newest part of each table",
                "How long ago its newest day or week began.",
                "s",
                (Line("{{table}}", _age("netflix_table_newest_timestamp_seconds", "table")),),
            ),
            Panel(
                "Stale parts",
                "Days or weeks of which the last good version is shown: ValidationFailed.",
                "short",
                (Line("{{table}}", highest(metric("netflix_table_stale_parts"), "table")),),
                limit=1,
            ),
            Panel(
                "The ledger",
                "Rows that are missing or there twice (LedgerDifference), and those at which code "
                "failed (ProcessingFailed).",
                "short",
                (
                    Line("missing", highest(metric("netflix_ledger_missing_rows"))),
                    Line("failed", highest(metric("netflix_failed_rows"))),
                ),
                limit=1,
            ),
            Panel(
                "A newer snapshot cannot be read",
                "1 while it is so: SnapshotDamaged.",
                "none",
                (Line("damaged", highest(metric("netflix_snapshot_damaged"))),),
                limit=1,
            ),
            Panel(
                "The newest snapshot of the store",
                "0 while it cannot be fetched: SnapshotNotFetched.",
                "none",
                (Line("{{job}}", lowest(metric("netflix_snapshot_store_up"), "job")),),
                limit=1,
                below=True,
            ),
        ),
    ),
    Row(
        "Runs",
        (
            Panel(
                "Runs that ended",
                "By job and how, of the last hour.",
                "short",
                (
                    Line(
                        "{{job_name}} {{status}}",
                        total(Increase(metric("netflix_runs_total"), HOUR), "job_name", "status"),
                    ),
                ),
            ),
            Panel(
                "The last that succeeded",
                "How long ago a run of the job did.",
                "s",
                (Line("{{job_name}}", _age("netflix_run_success_timestamp_seconds", "job_name")),),
            ),
            Panel(
                "Under way",
                "For how long, the longest of each job.",
                "s",
                (Line("{{job_name}}", _age("netflix_run_started_timestamp_seconds", "job_name")),),
            ),
            Panel(
                "Rows that stages stored",
                "Rows a second, while runs last.",
                "short",
                (Line("{{stage}}", _rate(metric("netflix_stage_rows_total"), "stage")),),
            ),
            Panel(
                "Processors that stages use",
                "Seconds of CPU a second: 1 is one processor.",
                "none",
                (Line("{{stage}}", _rate(metric("netflix_stage_cpu_seconds_total"), "stage")),),
            ),
            Panel(
                "Checks",
                "Results of the last hour, a partition each.",
                "short",
                (
                    Line(
                        "{{result}}",
                        total(Increase(metric("netflix_check_results_total"), HOUR), "result"),
                    ),
                ),
            ),
            Panel(
                "Waits to be built",
                "Days, weeks, or wholes of each table.",
                "short",
                (Line("{{table}}", highest(metric("netflix_table_pending_partitions"), "table")),),
            ),
            Panel(
                "Sensors",
                "How long ago each looked for work. SchedulerStalled alerts of 120 seconds.",
                "s",
                (Line("{{sensor}}", _age("netflix_sensor_tick_timestamp_seconds", "sensor")),),
                limit=120,
            ),
            Panel(
                "Daemons of Dagster",
                "How long ago each told that it is alive. DaemonStalled alerts of 120 seconds.",
                "s",
                (
                    Line(
                        "{{daemon}}",
                        _age("netflix_daemon_heartbeat_timestamp_seconds", "daemon"),
                    ),
                ),
                limit=120,
            ),
        ),
    ),
    Row(
        "Processes and machine",
        (
            Panel(
                "Processors",
                "Share of the machine's that is used. MachineCpu alerts of 80 %.",
                "percentunit",
                (
                    Line(
                        "used",
                        highest(Rate(metric("netflix_machine_cpu_seconds_total"), PACE))
                        / highest(metric("netflix_machine_cpus")),
                    ),
                ),
                limit=0.8,
            ),
            Panel(
                "Memory of the machine",
                "Share that is used. MachineMemory alerts of 80 %.",
                "percentunit",
                (Line("used", highest(metric("netflix_machine_memory_used_ratio"))),),
                limit=0.8,
            ),
            Panel(
                "Disk",
                "Share of the home's disk that is left.",
                "percentunit",
                (
                    Line(
                        "free",
                        lowest(metric("netflix_disk_available_bytes"))
                        / lowest(metric("netflix_disk_size_bytes")),
                    ),
                ),
                limit=0.2,
                below=True,
            ),
            Panel(
                "Disk traffic",
                "Bytes read from and written to the machine's disks.",
                "Bps",
                (
                    Line(
                        "{{direction}}",
                        highest(
                            Rate(metric("netflix_machine_disk_io_bytes_total"), PACE), "direction"
                        ),
                    ),
                ),
            ),
            Panel(
                "Network",
                "Bytes that came in and went out.",
                "Bps",
                (
                    Line(
                        "{{direction}}",
                        highest(
                            Rate(metric("netflix_machine_network_bytes_total"), PACE), "direction"
                        ),
                    ),
                ),
            ),
            Panel(
                "Memory of processes",
                "What API and dashboard take, and what they may come to when all is full.",
                "bytes",
                (
                    Line("API", highest(metric("netflix_api_process_resident_memory_bytes"))),
                    Line(
                        "dashboard",
                        highest(metric("netflix_dashboard_process_resident_memory_bytes")),
                    ),
                    Line("at most", highest(total(metric("netflix_memory_most_bytes"), "job"))),
                ),
            ),
            Panel(
                "Open files",
                "Of API and dashboard; each connection is one.",
                "short",
                (
                    Line("API", highest(metric("netflix_api_process_open_fds"))),
                    Line("dashboard", highest(metric("netflix_dashboard_process_open_fds"))),
                ),
            ),
            Panel(
                "Threads",
                "Of each service.",
                "short",
                (Line("{{job}}", highest(metric("netflix_process_threads"), "job")),),
            ),
            Panel(
                "Programs started again",
                "By `serve`, because they had died, within the last hour: ServiceRestarting.",
                "short",
                (
                    Line(
                        "{{service}}",
                        total(Increase(metric("netflix_service_restarts_total"), HOUR), "service"),
                    ),
                ),
            ),
            Panel(
                "Background tasks",
                "1 while each does its work: BackgroundTaskFails.",
                "none",
                (Line("{{job}} {{task}}", lowest(metric("netflix_background_up"), "job", "task")),),
                limit=1,
                below=True,
            ),
        ),
    ),
)
