"""What an alert is, and the conditions that many of them have in common."""

from dataclasses import dataclass
from typing import Literal

from netflix_pipeline.monitoring.expressions import (
    MINUTE,
    Absent,
    Expression,
    Now,
    Selector,
    Span,
    highest,
    metric,
)

Severity = Literal["page", "ticket"]
Shown = Literal["share", "time", "count"]

JOBS = {"api": "netflix-api", "dashboard": "netflix-dashboard"}
"""Under which name each service is scraped, by the built-in watch and by Prometheus."""
APP = "netflix"
"""The label `app` of everything that is scraped of the platform."""

FIVE, QUARTER = Span(5 * MINUTE), Span(15 * MINUTE)

NO_DAEMON = ("SchedulerStalled",)
"""What fires while Dagster's daemon does nothing: all that then stays undone follows from it."""

TRUST, NOW = "/trust", "/now"
"""Pages of the dashboard that show what is behind most alerts."""


@dataclass(frozen=True)
class Alert:
    """Something that somebody should know, and what to do then.

    `page` is for at once, `ticket` for working hours. In the `sentence`, `{value}` stands for what
    was measured, shown as a share, a time or a count, and other names for labels. `remedy` are the
    steps of the runbook; `view` is the dashboard's page and `rows` the API's resource that show
    what is behind it. It follows from the alerts that it is `inhibited_by`: while one of them
    fires, nobody is told of it.
    """

    name: str
    expression: Expression
    lasting: Span
    severity: Severity
    sentence: str
    limit: str
    shows: Shown
    remedy: tuple[str, ...]
    view: str
    rows: str
    inhibited_by: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The heading of its section in the runbook, as addresses name it."""
        return self.name.lower()


def age(of: Selector) -> Expression:
    """How long ago the newest of some times is."""
    return Now() - highest(of)


def gone(of: Selector, told: Expression | None = None) -> Expression:
    """While something else is told, or the API answers where nothing is said, and it is not."""
    answers = highest(metric("up", job=JOBS["api"])).equals(1)
    return Absent(of) & (answers if told is None else told)
