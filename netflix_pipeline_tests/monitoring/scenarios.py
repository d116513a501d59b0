"""For each alert, series over which it does not fire, then fires, then no longer does."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from typing_extensions import override

from netflix_pipeline.monitoring import burn_rates
from netflix_pipeline.monitoring.alert_definition import JOBS, Alert
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import History, Labels, Point, Selector

Value = Callable[[float], float | None]
"""What a series is at a second of the scenario; None while it is not told."""

HOUR = 3600.0
NAMED = {alert.name: alert for alert in ALERTS}
API = {"app": "netflix", "job": "netflix-api"}


@dataclass(frozen=True)
class Scenario:
    """Series by name and labels, scraped and evaluated every `step` seconds."""

    alert: Alert
    series: dict[str, Value]
    step: float
    seconds: float

    @property
    def times(self) -> list[float]:
        """When it is scraped."""
        return [at * self.step for at in range(int(self.seconds // self.step) + 1)]

    def values(self, name: str) -> list[float | None]:
        """What a series is at each of them."""
        return [self.series[name](at) for at in self.times]


class Whole(History):
    """All samples of a scenario, as a database without bounds has them."""

    def __init__(self, scenario: Scenario) -> None:
        self._series: dict[str, list[tuple[Labels, list[Point]]]] = {}
        for text in scenario.series:
            name, labels = parsed(text)
            points = []
            before: float | None = None
            for at, value in zip(scenario.times, scenario.values(text), strict=True):
                if value is not None:
                    points.append((at, value))
                elif before is not None:
                    points.append((at, math.nan))
                before = value
            self._series.setdefault(name, []).append((labels, points))

    @override
    def points(
        self, selector: Selector, first: float, last: float
    ) -> Iterator[tuple[Labels, Sequence[Point]]]:
        for labels, points in self._series.get(selector.name, []):
            if selector.labels <= labels:
                begin = bisect_left(points, first, key=itemgetter(0))
                yield labels, points[begin : bisect_right(points, last, key=itemgetter(0))]


def parsed(text: str) -> tuple[str, Labels]:
    """Name and labels of a series."""
    name, _, told = text.rstrip("}").partition("{")
    pairs = (each.partition("=") for each in told.split(",") if each)
    return name, frozenset((label, value.strip('"')) for label, _, value in pairs)


def named(name: str, **labels: str) -> str:
    """A series of the API by name and labels."""
    told = ",".join(f'{label}="{value}"' for label, value in sorted((API | labels).items()))
    return f"{name}{{{told}}}"


def phases(good: float | None, bad: float | None, begin: float, end: float, gone: float) -> Value:
    """Good, bad from `begin` to `end`, then good, and not told from `gone` on."""

    def value(at: float) -> float | None:
        return None if at >= gone else bad if begin <= at < end else good

    return value


def counted(good: float, bad: float, begin: float, end: float, gone: float) -> Value:
    """A counter that grows so much a second."""

    def value(at: float) -> float | None:
        ill = min(max(at - begin, 0), end - begin)
        return None if at >= gone else good * (at - ill) + bad * ill

    return value


def _stuck(begin: float, end: float, gone: float, late: float = 5) -> Value:
    """A time that is `late` seconds ago, but stands still from `begin` to `end`."""

    def value(at: float) -> float | None:
        return None if at >= gone else (begin if begin <= at < end else at) - late

    return value


def _gauge(name: str, text: str, good: float | None, bad: float | None, **more: Value) -> Scenario:
    return Scenario(NAMED[name], {text: phases(good, bad, *USUAL), **more}, 30, 4500)


USUAL = (900.0, 2700.0, 3900.0)
"""When things begin to be bad, when they are good again, and when nothing is told any more."""
UP = named("up")


Asked = tuple[burn_rates.ServedRequests, str]
"""Requests, and the job under which their service is scraped."""
SERVICES: tuple[tuple[str, Asked], ...] = (
    ("Api", (burn_rates.API, JOBS["api"])),
    ("Dashboard", (burn_rates.DASHBOARD, JOBS["dashboard"])),
)


def _requests(
    name: str, failing: float, *when: float, step: float, seconds: float, of: Asked
) -> Scenario:
    """Of two requests a second, so many fail."""
    asked, job = of
    route = {"method": "GET", "route": "/titles", "job": job}
    return Scenario(
        NAMED[name],
        {
            named(asked.counter, status="2xx", **route): counted(2, 2 - failing, *when),
            named(asked.counter, status="5xx", **route): counted(0, failing, *when),
        },
        step,
        seconds,
    )


def _slow(name: str, slow: float, *when: float, step: float, seconds: float, of: Asked) -> Scenario:
    """Of two requests a second, so many take some seconds, the others 20 ms."""
    asked, job = of
    bucket, count = f"{asked.histogram}_bucket", f"{asked.histogram}_count"
    route = {"route": "/titles", "job": job}
    quick = counted(2, 2 - slow, *when)
    every = counted(2, 2, *when)
    return Scenario(
        NAMED[name],
        {
            **{named(bucket, le=le, **route): quick for le in ("0.01", "0.05", "0.25", "1.0")},
            **{named(bucket, le=le, **route): every for le in ("5.0", "+Inf")},
            named(count, **route): every,
            named(asked.counter, method="GET", status="2xx", **route): every,
        },
        step,
        seconds,
    )


def _quarantined(
    name: str,
    bad: float,
    *when: float,
    step: float = 120,
    seconds: float = 6.5 * HOUR,
) -> Scenario:
    when = when or (HOUR, 3 * HOUR, 6 * HOUR)
    events = "netflix_events_total"
    series = {
        named(events, result="stored"): counted(1, 1 - bad, *when),
        named(events, result="quarantined"): counted(0, bad, *when),
    }
    return Scenario(NAMED[name], series, step, seconds)


def _burning(name: str, text: str) -> Iterator[Scenario]:
    """A number that is 1, and 0 for half an hour, or for six."""
    fast = (HOUR, 1.5 * HOUR, 9 * HOUR)
    slow = (24 * HOUR, 30 * HOUR, 90 * HOUR)
    yield Scenario(NAMED[name], {text: phases(1, 0, *fast)}, 60, 9.5 * HOUR)
    yield Scenario(NAMED[f"{name}Slow"], {text: phases(1, 0, *slow)}, 1200, 91 * HOUR)


def _disk(name: str, free: Value, seconds: float) -> Scenario:
    series = {
        named("netflix_disk_size_bytes"): phases(1e12, 1e12, *USUAL[:2], seconds - 600),
        named("netflix_disk_available_bytes"): free,
    }
    return Scenario(NAMED[name], series, 300, seconds)


def _filling(at: float) -> float | None:
    """150 GB free, of which 10 GB an hour are taken from the second hour to the eighth."""
    taken = min(max(at - 2 * HOUR, 0), 6 * HOUR)
    return None if at >= 20 * HOUR else 150e9 - 10e9 * taken / HOUR


def _opened() -> dict[str, Value]:
    """Pages that open in a second, and then in five."""
    of = {"page": "/", "vital": "load"}
    every = counted(0.05, 0.05, *USUAL)
    quick = counted(0.05, 0, *USUAL)
    none = counted(0, 0, *USUAL)
    bounds = {"0.5": none, "1.0": quick, "3.0": quick, "6.0": every, "+Inf": every}
    bucket = "netflix_page_seconds_bucket"
    buckets = {named(bucket, le=le, **of): told for le, told in bounds.items()}
    return buckets | {named("netflix_page_seconds_count", **of): every}


def _asked(name: str, of: Asked) -> Iterator[Scenario]:
    """The alerts of requests to a service."""
    soon = HOUR, 3 * HOUR, 9 * HOUR
    later = 24 * HOUR, 60 * HOUR, 90 * HOUR
    for made, kind, brief, bad, little in (
        (_requests, "Availability", "Errors", 0.1, 0.0127),
        (_slow, "Latency", "Latency", 0.5, 0.127),
    ):
        yield made(f"{name}{brief}", min(bad, 0.2), *USUAL, step=30, seconds=4500, of=of)
        burns = f"{name}{kind}Burn"
        yield made(burns, bad, *soon, step=120, seconds=9.5 * HOUR, of=of)
        yield made(f"{burns}Slow", little, *later, step=1200, seconds=91 * HOUR, of=of)


SCENARIOS = (
    _gauge("ServiceDown", UP, 1, 0),
    Scenario(
        NAMED["ServiceRestarting"],
        {named("netflix_service_restarts_total", service="dashboard"): counted(0, 1 / 60, *USUAL)},
        30,
        4500,
    ),
    *(each for of in SERVICES for each in _asked(*of)),
    *_burning("ApiUptimeBurn", UP),
    *_burning("DashboardUptimeBurn", named("up", job="netflix-dashboard")),
    *_burning("VisibilityBurn", named("netflix_canary_in_time")),
    *_burning("FreshnessBurn", named("netflix_snapshot_fresh")),
    _quarantined("LedgerBurn", 0.5, HOUR, 3 * HOUR, 9 * HOUR, seconds=9.5 * HOUR),
    _quarantined(
        "LedgerBurnSlow",
        0.127,
        *(24 * HOUR, 60 * HOUR, 90 * HOUR),
        step=1200,
        seconds=91 * HOUR,
    ),
    Scenario(NAMED["DashboardLoad"], _opened(), 30, 4500),
    _gauge("BackgroundTaskFails", named("netflix_background_up", task="tail"), 1, 0),
    _gauge("EventLogNotDurable", named("netflix_event_log_up"), 1, 0),
    _gauge("VisibilityDelay", named("netflix_live_delay_seconds", quantile="0.99"), 0.01, 2.5),
    Scenario(
        NAMED["CanaryMissing"],
        {
            named("netflix_canary_visible_timestamp_seconds"): _stuck(*USUAL),
            named("netflix_canary_interval_seconds"): phases(60, 60, *USUAL),
        },
        30,
        4500,
    ),
    Scenario(
        NAMED["PipelineLag"],
        {named("netflix_event_log_oldest_waiting_timestamp_seconds"): _stuck(*USUAL)},
        30,
        4500,
    ),
    Scenario(
        NAMED["DrainSlow"],
        {
            named("netflix_drained_events_total"): counted(2000, 100, *USUAL),
            named("netflix_event_log_waiting_events"): phases(100, 90_000, *USUAL),
        },
        30,
        4500,
    ),
    Scenario(
        NAMED["SchedulerStalled"],
        {named("netflix_sensor_tick_timestamp_seconds", sensor="events"): _stuck(*USUAL)},
        30,
        4500,
    ),
    Scenario(
        NAMED["SnapshotOld"],
        {named("netflix_snapshot_built_timestamp_seconds"): _stuck(2 * HOUR, 30 * HOUR, 34 * HOUR)},
        600,
        35 * HOUR,
    ),
    *(
        Scenario(NAMED[name], {text: _stuck(*USUAL)}, 30, 4500)
        for name, text in (
            (
                "DaemonStalled",
                named("netflix_daemon_heartbeat_timestamp_seconds", daemon="SENSOR"),
            ),
            ("SensorFails", named("netflix_sensor_success_timestamp_seconds", sensor="events")),
        )
    ),
    *(
        Scenario(NAMED[name], {text: _stuck(2 * HOUR, 30 * HOUR, 34 * HOUR)}, 600, 35 * HOUR)
        for name, text in (
            (
                "ScheduleMissed",
                named("netflix_schedule_tick_timestamp_seconds", schedule="newest_days"),
            ),
            ("BackupOld", named("netflix_backup_verified_timestamp_seconds")),
            (
                "PartitionOverdue",
                named("netflix_table_pending_since_timestamp_seconds", table="silver/plays"),
            ),
        )
    ),
    Scenario(
        NAMED["RunStuck"],
        {
            named("netflix_run_started_timestamp_seconds", job_name="drain_events"): _stuck(
                HOUR, 5 * HOUR, 6 * HOUR
            )
        },
        300,
        6.5 * HOUR,
    ),
    Scenario(
        NAMED["BackupFailed"],
        {
            named("netflix_backup_failed_timestamp_seconds"): phases(
                None, USUAL[0], *USUAL[:2], math.inf
            )
        },
        30,
        4500,
    ),
    Scenario(
        NAMED["CheckFailed"],
        {
            named(
                "netflix_check_results_total",
                check="adds_up",
                result="failed",
                table="gold/ledger_daily",
            ): counted(0, 1 / 600, HOUR, 1.5 * HOUR, 4 * HOUR)
        },
        120,
        4.5 * HOUR,
    ),
    Scenario(
        NAMED["RunFailed"],
        {
            named("netflix_run_failed_timestamp_seconds", job_name="drain_events"): phases(
                None, USUAL[0], *USUAL[:2], math.inf
            )
        },
        30,
        4500,
    ),
    _gauge(
        "DashboardBehind",
        named("netflix_dashboard_snapshot_version", job=JOBS["dashboard"]),
        7,
        5,
        **{named("netflix_snapshot_version"): phases(7, 7, *USUAL)},
    ),
    _gauge("SnapshotDamaged", named("netflix_snapshot_damaged"), 0, 1),
    _gauge("SnapshotNotFetched", named("netflix_snapshot_store_up"), 1, 0),
    *(
        Scenario(
            NAMED[name],
            {text: phases(1, None, *USUAL[:2], math.inf), UP: phases(1, 1, *USUAL)},
            30,
            4500,
        )
        for name, text in (
            ("NothingPublished", named("netflix_snapshot_version")),
            ("RequestsNotTold", named(burn_rates.API.counter, status="2xx")),
            ("MachineNotTold", named("netflix_machine_cpu_seconds_total")),
            ("EventsNotTold", named("netflix_events_total", result="stored")),
            ("EventLogNotTold", named("netflix_event_log_up")),
            ("BacklogNotTold", named("netflix_event_log_waiting_events")),
            ("TasksNotTold", named("netflix_background_up", task="tail")),
        )
    ),
    *(
        _gauge(name, text, 1, None, **{told: phases(60, 60, *USUAL)})
        for name, text, told in (
            (
                "DashboardNotTold",
                named("netflix_dashboard_requests_total", job=JOBS["dashboard"]),
                named("netflix_background_up", job=JOBS["dashboard"], task="tail"),
            ),
            (
                "LedgerNotTold",
                named("netflix_ledger_missing_rows"),
                named("netflix_snapshot_version"),
            ),
            (
                "RunsNotTold",
                named("netflix_runs_total", job_name="drain_events", status="success"),
                named("netflix_sensor_tick_timestamp_seconds", sensor="events"),
            ),
            (
                "CanaryNotTold",
                named("netflix_canary_visible_timestamp_seconds"),
                named("netflix_canary_interval_seconds"),
            ),
        )
    ),
    _gauge("LedgerDifference", named("netflix_ledger_missing_rows"), 0, 7),
    _gauge("FilesMissing", named("netflix_table_missing_files", table="gold/activity"), 0, 1),
    _gauge("ValidationFailed", named("netflix_table_stale_parts", table="gold/activity"), 0, 2),
    _gauge("ProcessingFailed", named("netflix_failed_rows"), 0, 12),
    _quarantined("QuarantineShare", 0.05),
    _quarantined("QuarantineShareHigh", 0.5),
    _gauge(
        "MachineCpu",
        named("netflix_machine_cpus"),
        4,
        4,
        **{named("netflix_machine_cpu_seconds_total"): counted(1, 3.6, *USUAL)},
    ),
    _gauge("MachineMemory", named("netflix_machine_memory_used_ratio"), 0.4, 0.93),
    _gauge(
        "FilesOpen",
        named("netflix_dashboard_process_open_fds", job=JOBS["dashboard"]),
        100,
        900,
        **{
            named("netflix_dashboard_process_max_fds", job=JOBS["dashboard"]): phases(
                1000, 1000, *USUAL
            )
        },
    ),
    _disk("DiskFullSoon", _filling, 21 * HOUR),
    _disk("DiskFull", phases(200e9, 40e9, HOUR, 3 * HOUR, 5 * HOUR), 6 * HOUR),
)
