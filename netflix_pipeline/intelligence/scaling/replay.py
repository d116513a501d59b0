"""Replays demand under a policy, and says what came of it.

The measures are those of elasticity by the SPEC research group (Herbst and others, "Ready for Rain?
A View from SPEC Research on the Future of Cloud Metrics", 2016): how much is missing or too much,
for what share of time, and how often the supply changes.
"""

from dataclasses import dataclass

import numpy as np

from netflix_pipeline.intelligence.scaling.minutes import Floats, lowest_of_last

SLO_SECONDS = 0.25
"""A request that waits longer for its turn is beyond the objective."""
MINUTE = 60


@dataclass(frozen=True)
class Outcome:
    """What came of a policy over some days.

    Shares are of time (`time_…`) or of demand (`theta_…`, the mean over all minutes; one in which
    nothing is asked for has neither too much nor too little).
    """

    node_hours: float
    """Hours of replicas that were asked for, whether they were there yet or not."""
    time_under: float
    time_over: float
    theta_under: float
    theta_over: float
    worst_shortage: float
    """Share of the demand that was missing at the worst minute."""
    beyond_slo: float
    """Share of the requests that waited longer than the objective."""
    actions: int
    """How often the number of replicas was changed."""


def supplied(wanted: Floats, boot: int) -> Floats:
    """Replicas that are there at each minute: those that were wanted for `boot` minutes.

    What is not wanted any more goes at once, the newest first.
    """
    return lowest_of_last(wanted, boot + 1)


def outcome(wanted: Floats, demand: Floats, boot: int, first: int) -> Outcome:
    """What comes of so many replicas at each minute, from the minute `first` on."""
    there = supplied(wanted, boot)[first:]
    asked = demand[first:]
    some = asked > 0
    over = np.divide(there - asked, asked, out=np.zeros_like(asked), where=some)
    missing = np.maximum(-over, 0)
    too_many = there - np.ceil(asked)
    return Outcome(
        node_hours=float(wanted[first:].sum()) / 60,
        time_under=float((missing > 0).mean()),
        time_over=float((too_many > 0).mean()),
        theta_under=float(missing.mean()),
        theta_over=float(np.maximum(over, 0).mean()),
        worst_shortage=float(missing.max()),
        beyond_slo=_beyond_slo(asked, there),
        actions=int(np.count_nonzero(np.diff(wanted[first:]))),
    )


def _beyond_slo(asked: Floats, there: Floats) -> float:
    """Share of requests of minutes in which a queue of more than the objective's seconds stands.

    A queue as a fluid: what cannot be served in a minute waits for the next, none is refused. By
    Lindley's recursion what waits is how far the sum of arrivals less services is above its lowest.
    """
    sums = np.concatenate([[0.0], np.cumsum((asked - there) * MINUTE)])
    waiting = sums - np.minimum.accumulate(sums)
    late = np.maximum(waiting[:-1], waiting[1:]) > SLO_SECONDS * there
    return float(asked[late].sum() / asked.sum())
