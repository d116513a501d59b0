"""Service level objectives: what is promised of 30 days, in one table.

From it come the alerts of burn rates, Prometheus' recording rules, and what is told of budgets by
API, dashboard and command. A budget is what an objective leaves to go wrong. How fast it burns is
looked at over a long window and a short one at once, by the factors of the SRE Workbook, chapter 5
("Alerting on SLOs").
"""

from dataclasses import dataclass
from typing import Literal

from netflix_pipeline.monitoring.alert_definition import JOBS, NO_DAEMON, NOW, TRUST, Alert
from netflix_pipeline.monitoring.burn_rates import (
    API,
    AVAILABILITY,
    DASHBOARD,
    FAST,
    LATENCY,
    SLOW,
    ServedRequests,
)
from netflix_pipeline.monitoring.expressions import (
    DAY,
    HOUR,
    MINUTE,
    Expression,
    Span,
    metric,
)
from netflix_pipeline.monitoring.indicators import Arrivals, Events, Indicator, Time

Unit = Literal["requests", "rows", "seconds"]

DAYS = 30
"""Over so many a budget is told."""
WINDOWS = tuple(
    Span(seconds)
    for seconds in (
        *(5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR),
        *(DAY, 3 * DAY, DAYS * DAY),
    )
)
"""Over which Prometheus records what goes wrong."""
VISIBLE_IN = 1.0
"""Seconds from the sending of a canary to its visibility."""
INTERVALS = 3
"""Intervals of canaries after which one is missing."""
FRESH = Span(26 * HOUR)
"""Age up to which a snapshot is fresh: one is published each night."""


@dataclass(frozen=True)
class Objective:
    """What is promised: of what is counted in `unit`, such a `share` is good.

    `promise` is a sentence of it for people, `wrong` what is said behind the share that is bad. Its
    alerts are called `alert`, and that with Slow, which follows from it; `remedy`, `view` and
    `rows` are theirs, and both follow from the alerts that they are `inhibited_by`.
    """

    name: str
    title: str
    promise: str
    share: float
    unit: Unit
    indicator: Indicator
    wrong: str
    alert: str
    remedy: tuple[str, ...]
    view: str
    rows: str
    inhibited_by: tuple[str, ...] = ()

    @property
    def budget(self) -> float:
        """The share that may be bad."""
        return round(1 - self.share, 9)

    @property
    def alerts(self) -> tuple[Alert, Alert]:
        """A page while the budget is used up within days, a ticket while it will not last."""
        return (
            Alert(
                self.alert,
                self._burning(*FAST),
                Span(2 * MINUTE),
                "page",
                f"{{value}} {self.wrong}: the budget of 30 days is used up within days",
                f"14.4 times {self._budget_said} over 1 hour, or 6 times over 6 hours",
                "share",
                self.remedy,
                self.view,
                self.rows,
                self.inhibited_by,
            ),
            Alert(
                f"{self.alert}Slow",
                self._burning(*SLOW),
                HOUR,
                "ticket",
                f"{{value}} {self.wrong}: the budget of 30 days will not last",
                f"3 times {self._budget_said} over 1 day, or 1 time over 3 days",
                "share",
                self.remedy,
                self.view,
                self.rows,
                (self.alert, *self.inhibited_by),
            ),
        )

    @property
    def _budget_said(self) -> str:
        return f"{self.budget * 100:.4g} %"

    def _burning(self, *windows: tuple[float, Span, Span]) -> Expression:
        """Whether the budget burns too fast, over either of two pairs of windows.

        The short one, a twelfth of the long, lets it end soon after the cause has.
        """

        def burns(factor: float, long: Span, short: Span) -> Expression:
            limit = round(factor * self.budget, 6)
            share = self.indicator.bad
            return ((share(long) > limit) & (share(short) > limit)) & self.indicator.enough(long)

        first, second = (burns(*each) for each in windows)
        return first | second


def _of_requests(
    name: str, service: str, asked: ServedRequests, within: str
) -> tuple[Objective, Objective]:
    """That requests to a service succeed, and are answered `within` a time."""
    low = name.lower()
    return (
        Objective(
            f"{low}_availability",
            f"{service[0].upper()}{service[1:]} requests",
            f"Requests to the {service} are answered without an error of the server.",
            AVAILABILITY,
            "requests",
            Events(asked.counted, failed=metric(asked.counter, status="5xx")),
            f"of the {service}'s requests fail",
            f"{name}AvailabilityBurn",
            (
                f"Do what `{name}Errors` says.",
                "Undo what was changed last, then look for the cause.",
            ),
            NOW,
            "/metrics",
        ),
        Objective(
            f"{low}_latency",
            f"{service[0].upper()}{service[1:]} speed",
            f"Requests to the {service} are answered within {within}.",
            LATENCY,
            "requests",
            Events(
                asked.timed, good=metric(f"{asked.histogram}_bucket", le=str(asked.quick_enough))
            ),
            f"of the {service}'s requests take longer than {within}",
            f"{name}LatencyBurn",
            (f"Do what `{name}Latency` says.",),
            NOW,
            "/metrics",
        ),
    )


OBJECTIVES: tuple[Objective, ...] = (
    *_of_requests("Api", "API", API, "250 ms"),
    *_of_requests("Dashboard", "dashboard", DASHBOARD, "a second"),
    Objective(
        "api_uptime",
        "API availability",
        "The API answers when it is looked at.",
        0.999,
        "seconds",
        Time(metric("up", job=JOBS["api"])),
        "of the time the API did not answer",
        "ApiUptimeBurn",
        ("Do what `ServiceDown` says.",),
        NOW,
        "/ready",
    ),
    Objective(
        "dashboard_uptime",
        "Dashboard availability",
        "The dashboard answers when it is looked at.",
        0.999,
        "seconds",
        Time(metric("up", job=JOBS["dashboard"])),
        "of the time the dashboard did not answer",
        "DashboardUptimeBurn",
        ("Do what `ServiceDown` says.",),
        NOW,
        "/alerts",
    ),
    Objective(
        "visibility",
        "Event visibility",
        "Canaries come through, and are visible within a second of their sending.",
        0.99,
        "seconds",
        Time(metric("netflix_canary_in_time")),
        "of the time canaries were late or missing",
        "VisibilityBurn",
        ("Do what `VisibilityDelay` and `CanaryMissing` say.",),
        NOW,
        "/live",
    ),
    Objective(
        "freshness",
        "Snapshot freshness",
        "What is shown is of a snapshot that is at most 26 hours old.",
        0.99,
        "seconds",
        Time(metric("netflix_snapshot_fresh")),
        "of the time the snapshot was older than 26 hours",
        "FreshnessBurn",
        ("Do what `SnapshotOld` says.",),
        TRUST,
        "/v1/quality/snapshots",
        NO_DAEMON,
    ),
    Objective(
        "ledger",
        "Ledger rows",
        "Rows that arrive are stored or known: none is lost, and few are in quarantine.",
        0.99,
        "rows",
        Arrivals(
            metric("netflix_events_total"),
            failed=metric("netflix_events_total", result="quarantined"),
            ledger="netflix_ledger_rows",
            all_rows="received",
            bad_rows=("quarantined", "missing"),
        ),
        "of the events that came in are in quarantine",
        "LedgerBurn",
        ("Do what `QuarantineShare` says; where rows are missing, what `LedgerDifference` says.",),
        TRUST,
        "/v1/quality/quarantine",
    ),
)
"""Each by its name, which no other has."""
