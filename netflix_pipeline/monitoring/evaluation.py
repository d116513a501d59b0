"""Which alerts fire: evaluated again and again, as Prometheus does, and remembered in between.

A series that an expression gives is *pending* until it has been given for as long as its alert
says, and then *fires*, until it is given no longer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from netflix_pipeline.monitoring.alert_definition import Alert
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import History, Labels

State = Literal["pending", "firing", "resolved"]

KEPT_RESOLVED = 50
"""Of alerts that ended, the newest that are told."""


@dataclass(frozen=True)
class AlertState:
    """One series of an alert: `since` when it was given, `fired_at` when it had been long enough.

    Times are seconds since 1970; `value` is the newest.
    """

    name: str
    labels: dict[str, str]
    state: State
    since: float
    value: float
    fired_at: float | None = None
    resolved_at: float | None = None

    @property
    def key(self) -> tuple[str, Labels]:
        """Which series of which alert it is."""
        return self.name, frozenset(self.labels.items())


@dataclass
class Evaluation:
    """What alerts are in, from one evaluation to the next.

    `proven` tells when each was last seen to fire.
    """

    at: float = 0.0
    active: list[AlertState] = field(default_factory=list)
    resolved: list[AlertState] = field(default_factory=list)
    proven: dict[str, float] = field(default_factory=dict)

    def evaluate(
        self,
        history: History,
        now: float,
        alerts: Sequence[Alert] = ALERTS,
        speed: float = 1,
    ) -> None:
        """Look at a time."""
        before = {each.key: each for each in self.active}
        self.active = [
            state for alert in alerts for state in _given(alert, history, now, before, speed)
        ]
        self.proven |= {each.name: now for each in self.firing}
        still = {each.key for each in self.active}
        ended = [
            replace(each, state="resolved", resolved_at=now)
            for key, each in before.items()
            if key not in still and each.state == "firing"
        ]
        self.resolved = (ended + self.resolved)[:KEPT_RESOLVED]
        self.at = now

    @property
    def firing(self) -> list[AlertState]:
        """Those that fire."""
        return [each for each in self.active if each.state == "firing"]


def _given(
    alert: Alert,
    history: History,
    now: float,
    before: dict[tuple[str, Labels], AlertState],
    speed: float,
) -> Iterator[AlertState]:
    expression = alert.expression.divided(speed) if speed != 1 else alert.expression
    for labels, value in expression.series(history, now).items():
        known = before.get((alert.name, labels))
        since = known.since if known else now
        fired_at = known.fired_at if known else None
        if fired_at is None and now - since >= alert.lasting / speed:
            fired_at = now
        state: State = "pending" if fired_at is None else "firing"
        yield AlertState(alert.name, dict(labels), state, since, value, fired_at)


def inhibited(firing: Iterable[AlertState]) -> dict[str, str]:
    """The alerts that follow from what fires, each with one of those: nobody is told of them."""
    names = {state.name for state in firing}
    return {alert.name: cause for alert in ALERTS for cause in alert.inhibited_by if cause in names}
