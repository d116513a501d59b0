"""Shares of a service's requests that fail or are slow, and how fast a budget of them burns.

A budget is what an objective leaves over 30 days. It is looked at over a long window and a short
one at once, the factors are those of the SRE Workbook, chapter 5 ("Alerting on SLOs").
"""

from dataclasses import dataclass

from netflix_pipeline.monitoring.alert_definition import FIVE
from netflix_pipeline.monitoring.expressions import (
    DAY,
    HOUR,
    Expression,
    Quantile,
    Rate,
    Selector,
    Span,
    metric,
    total,
)

MUCH_ASKED = 0.1
"""Requests a second below which shares of them say little."""
MANY = 100
"""Requests or events in a window below which a share of them says little."""
AVAILABILITY, LATENCY = 0.999, 0.99
"""Objectives: shares of requests, over 30 days, that do not fail, and that are quick enough."""

Windows = tuple[tuple[float, Span, Span], tuple[float, Span, Span]]

FAST: Windows = (14.4, HOUR, FIVE), (6.0, Span(6 * HOUR), Span(30 * 60))
"""2 % of the budget in an hour, 5 % in six: so many times too fast, over a long and a short window.
"""
SLOW: Windows = (3.0, DAY, Span(2 * HOUR)), (1.0, Span(3 * DAY), Span(6 * HOUR))
"""10 % of the budget in a day, or in three."""


@dataclass(frozen=True)
class ServedRequests:
    """The requests of a service: its counter by `status`, its histogram of seconds, by their names.

    Those that take at most `quick_enough` seconds, a bound of the histogram, are quick.
    """

    counter: str
    histogram: str
    quick_enough: float

    @property
    def counted(self) -> Selector:
        """All of them."""
        return metric(self.counter)

    @property
    def timed(self) -> Selector:
        """Those whose time was taken."""
        return metric(f"{self.histogram}_count")

    def failed(self, window: Span) -> Expression:
        """The share that failed."""
        errors = metric(self.counter, status="5xx")
        return total(Rate(errors, window)) / total(Rate(self.counted, window))

    def seconds(self, share: float) -> Expression:
        """The time that such a share takes at most, of the last 5 minutes."""
        buckets = Rate(metric(f"{self.histogram}_bucket"), FIVE)
        return Quantile(share, total(buckets, "le"))


API = ServedRequests("netflix_http_requests_total", "netflix_http_request_seconds", 0.25)
DASHBOARD = ServedRequests(
    "netflix_dashboard_requests_total", "netflix_dashboard_request_seconds", 1.0
)
