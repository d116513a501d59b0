"""Alerts of requests that fail or are slow: the same for each service that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from netflix_pipeline.monitoring.alert_definition import FIVE, NOW, Alert
from netflix_pipeline.monitoring.alert_texts import time
from netflix_pipeline.monitoring.burn_rates import (
    API,
    DASHBOARD,
    MUCH_ASKED,
    ServedRequests,
)
from netflix_pipeline.monitoring.expressions import MINUTE, Rate, Span, total

ENOUGH = "30 requests or more"
"""What MUCH_ASKED is within 5 minutes."""


@dataclass(frozen=True)
class _Service:
    """A service whose requests are watched.

    One in twenty that takes longer than `slow` seconds is told; steps of the runbook are `failing`
    and `slow_remedy`.
    """

    name: str
    whose: str
    requests: ServedRequests
    slow: float
    failing: tuple[str, ...]
    slow_remedy: tuple[str, ...]

    def alerts(self) -> Iterator[Alert]:
        """Shares of the last minutes."""
        asked, who = self.requests, self.whose
        yield Alert(
            f"{self.name}Errors",
            (asked.failed(FIVE) > 0.01) & (total(Rate(asked.counted, FIVE)) > MUCH_ASKED),
            Span(2 * MINUTE),
            "page",
            f"{{value}} of {who} requests failed in the last 5 minutes",
            f"1 %, where there are {ENOUGH}",
            "share",
            self.failing,
            NOW,
            "/metrics",
        )
        yield Alert(
            f"{self.name}Latency",
            (asked.seconds(0.95) > self.slow) & (total(Rate(asked.timed, FIVE)) > MUCH_ASKED),
            FIVE,
            "ticket",
            f"one in twenty of {who} requests takes {{value}} or longer",
            f"{time(self.slow)}, where there are {ENOUGH} in 5 minutes",
            "time",
            self.slow_remedy,
            NOW,
            "/metrics",
        )


REQUEST_ALERTS = (
    *_Service(
        "Api",
        "the API's",
        API,
        0.1,
        (
            "Read the end of `$NETFLIX_HOME/logs/api.log`: each failure has its reason there.",
            "`/ready` names what cannot be used: snapshot, event log, or the database of state.",
        ),
        (
            (
                "`netflix_queries_taken` tells how many questions wait: more of "
                "`NETFLIX_QUERY_THREADS`, or another process (`NETFLIX_API_WORKERS`), helps "
                "where processors are left."
            ),
            "Compare `netflix_cache_answers_total`: answers that are computed take longest.",
        ),
    ).alerts(),
    *_Service(
        "Dashboard",
        "the dashboard's",
        DASHBOARD,
        1.0,
        (
            "Read the end of `$NETFLIX_HOME/logs/dashboard.log`: it has each failure's reason.",
            "The dashboard's `/ready` names what does not work.",
        ),
        (
            (
                "`netflix_dashboard_request_seconds` tells which route is slow, "
                "`netflix_dashboard_cache_answers_total` how many views had to be computed: the "
                "first ones after each publish, and those with filters that nobody chose before."
            ),
            "Look at `MachineCpu` and `MachineMemory`: runs of Dagster take from the same machine.",
        ),
    ).alerts(),
)
